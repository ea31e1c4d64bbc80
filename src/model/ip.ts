// IP addresses and prefixes in tool inputs, in one canonical spelling.
import { isIPv4, SocketAddress } from 'node:net';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';

export type Family = 'inet' | 'inet6';

/** A prefix or address in canonical spelling (`10.0.0.1/24`, `fd00::1/64`). */
export interface Prefix {
  family: Family;
  address: string;
  length: number;
}

/** An address in canonical spelling (for IPv6 that of inet_ntop(3), which iproute2 prints), or null. Only four-part decimal IPv4: `010.1` and `0x7f.1` are refused. */
export function parseIp(text: string): { family: Family; address: string } | null {
  if (isIPv4(text)) return { family: 'inet', address: text };
  if (!/^[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*$/.test(text)) return null;
  try {
    // inet_pton(3) judges, at a fraction of what Node's own pattern costs the start of a program.
    return { family: 'inet6', address: new SocketAddress({ address: text, family: 'ipv6' }).address };
  } catch {
    return null;
  }
}

/** `ADDRESS/LENGTH`, or a bare address as a host prefix; null when it is neither. */
export function parsePrefix(text: string): Prefix | null {
  const [, head = '', digits] = /^([^/]+)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text) ?? [];
  const ip = parseIp(head);
  if (!ip) return null;
  const most = ip.family === 'inet' ? 32 : 128;
  const length = digits === undefined ? most : Number(digits);
  return length <= most ? { ...ip, length } : null;
}

/** `ADDRESS/LENGTH`. */
export function prefixText({ address, length }: Prefix): string {
  return `${address}/${length}`;
}

function bytesOf(address: string): number[] {
  return ipaddr.parse(address).toByteArray();
}

/** True when every address of `inner` lies in `outer`. */
export function contains(outer: Prefix, inner: Prefix): boolean {
  if (outer.family !== inner.family || outer.length > inner.length) return false;
  return networkOf({ ...inner, length: outer.length }).address === networkOf(outer).address;
}

/** The prefix with its host bits cleared. */
export function networkOf(prefix: Prefix): Prefix {
  const bytes = bytesOf(prefix.address).map((byte, i) => byte & (0xff00 >> Math.min(8, Math.max(0, prefix.length - i * 8))) & 0xff);
  const address = prefix.family === 'inet' ? bytes.join('.') : ipaddr.fromByteArray(bytes).toString();
  return { ...prefix, address: parseIp(address)?.address ?? address };
}

/** The link-local address that the kernel gives a link by itself: fe80:: and the modified EUI-64 of its MAC (RFC 4291, appendix A). */
export function linkLocalOf(mac: string): string | null {
  const [first = 0, ...others] = mac.split(':').map((hex) => Number.parseInt(hex, 16));
  if (others.length !== 5) return null;
  const id = [first ^ 2, ...others.slice(0, 2), 0xff, 0xfe, ...others.slice(2)];
  return parseIp(ipaddr.fromByteArray([0xfe, 0x80, 0, 0, 0, 0, 0, 0, ...id]).toString())?.address ?? null;
}

/** An IP address, canonical after parsing. */
export const IpAddress = z
  .string()
  .max(64)
  .transform((text, context) => {
    const ip = parseIp(text);
    if (ip) return ip.address;
    context.addIssue({ code: 'custom', message: 'not an IPv4 or IPv6 address' });
    return z.NEVER;
  });

/** `ADDRESS/LENGTH` (a bare address is a host prefix), canonical after parsing; the host part is kept. */
export const InterfaceAddress = z
  .string()
  .max(64)
  .transform((text, context) => {
    const prefix = parsePrefix(text);
    if (prefix) return prefixText(prefix);
    context.addIssue({ code: 'custom', message: 'not an address with prefix length, such as 10.0.0.1/24 or fd00::1/64' });
    return z.NEVER;
  });

/** Stands for the one that the kernel will make up. */
export const UNKNOWN_MAC = '00:00:00:00:00:00';

/** A 48-bit unicast MAC address in lower case. Multicast addresses are refused by the kernel (is_valid_ether_addr). */
export const MacAddress = z
  .string()
  .regex(/^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$/, 'a MAC address such as 02:00:00:00:00:01')
  .transform((mac) => mac.toLowerCase())
  .refine((mac) => (Number.parseInt(mac.slice(0, 2), 16) & 1) === 0 && mac !== UNKNOWN_MAC, 'a unicast MAC address: an even first byte, not all zero');
