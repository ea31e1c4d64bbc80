// Filters that can be made again (tc-u32(8), tc-flower(8), tc-matchall(8), tc-fw(8), tc-police(8)), and those that this server makes.

import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { type Family, networkOf, parsePrefix } from '../../model/ip.js';
import { burstOfTicks } from './numbers.js';

/** The default size above which police drops, and how it is told: rounded. */
const USUAL_MTU = '2Kb';

const Police = z.strictObject({
  /** Bits per second. */
  rate: z.number(),
  mtu: z.string(),
  /** Ticks. */
  buffer: z.number(),
  /** What becomes of packets beyond the rate, and after a slash of those within. */
  action: z.string(),
  overhead: z.literal(0),
  linklayer: z.literal('ethernet').optional(),
});

/** A filter as `src/kernel/sections/shaping.ts` reads it. */
const Filter = z.strictObject({
  protocol: z.string(),
  pref: z.number(),
  flowid: z.string().optional(),
  /** Of u32: `VALUE/MASK at OFFSET`. */
  keys: z.array(z.string()).optional(),
  /** Of flower. */
  fields: z.record(z.string(), z.string()).optional(),
  police: Police.optional(),
});

function policeWords(police: z.infer<typeof Police> | undefined): string[] {
  if (!police) return [];
  const { rate, mtu, buffer, action } = police;
  const size = mtu === USUAL_MTU ? [] : ['mtu', mtu.toLowerCase()];
  return ['action', 'police', 'rate', `${rate}bit`, 'burst', `${burstOfTicks(buffer, rate / 8)}b`, ...size, 'conform-exceed', action];
}

function keyWords(key: string): string[] {
  const [, value = '', mask = '', at = ''] = /^(\S+)\/(\S+) at (\S+)$/.exec(key) ?? [];
  return ['match', 'u32', `0x${value}`, `0x${mask}`, 'at', at];
}

/** Fields of flower that are read as they are printed, and one whose number is printed in another base than it is read in. */
const FLOWER_FIELDS = ['ip_proto', 'src_ip', 'dst_ip', 'src_port', 'dst_port'];

function flowerWords(fields: Readonly<Record<string, string>>): string[] | null {
  const words: string[] = [];
  for (const [field, value] of Object.entries(fields)) {
    const [, tos, mask] = /^(\d+)(?:\/0x([0-9a-f]+))?$/.exec(value) ?? [];
    // What the protocol says already.
    if (field === 'eth_type') continue;
    if (FLOWER_FIELDS.includes(field)) words.push(field, value);
    else if (field === 'ip_tos' && tos !== undefined) words.push(field, `0x${Number(tos).toString(16)}/0x${mask ?? 'ff'}`);
    else return null;
  }
  return words;
}

type Read = z.infer<typeof Filter>;
const flow = (name: string, { flowid }: Read) => (flowid === undefined ? [] : [name, flowid]);

/** Spellings by kind, without protocol and priority. null: it has something that is not known here. */
const SPELLINGS: Readonly<Record<string, (filter: Read, handle: string) => string[] | null>> = {
  u32: (filter) => (filter.keys && !filter.fields ? ['u32', ...filter.keys.flatMap(keyWords), ...flow('flowid', filter), ...policeWords(filter.police)] : null),
  matchall: (filter) => (filter.keys || filter.fields ? null : ['matchall', ...flow('classid', filter), ...policeWords(filter.police)]),
  flower(filter) {
    const fields = flowerWords(filter.fields ?? {});
    return fields && !filter.keys ? ['flower', ...fields, ...flow('classid', filter), ...policeWords(filter.police)] : null;
  },
  fw: (filter, handle) =>
    filter.keys || filter.fields || handle === '' ? null : ['handle', handle, 'fw', ...flow('classid', filter), ...policeWords(filter.police)],
};

/** The words for a filter from `protocol` on; null when it cannot be made again. */
export function spellFilter(kind: string, handle: string, options: unknown): string[] | null {
  const { success, data } = Filter.safeParse(options);
  const words = success ? SPELLINGS[kind]?.(data, handle) : null;
  return success && words ? ['protocol', data.protocol, 'pref', String(data.pref), ...words] : null;
}

/** What traffic is to match. */
export interface Match {
  source?: string | undefined;
  destination?: string | undefined;
  protocol?: 'tcp' | 'udp' | 'icmp' | undefined;
  source_port?: number | undefined;
  destination_port?: number | undefined;
  dscp?: number | undefined;
}

/** Where things are in a packet, by 32-bit words from the beginning of its IP header, which is taken to have no options (RFC 791, RFC 8200). */
const LAYOUT = {
  inet: { source: 12, destination: 16, ports: 20, protocol: { at: 8, shift: 16 }, dscp: { shift: 18, mask: 0x00fc0000 } },
  inet6: { source: 8, destination: 24, ports: 40, protocol: { at: 4, shift: 8 }, dscp: { shift: 22, mask: 0x0fc00000 } },
} as const;
const PROTOCOLS = { inet: { tcp: 6, udp: 17, icmp: 1 }, inet6: { tcp: 6, udp: 17, icmp: 58 } } as const;

interface Key {
  at: number;
  value: number;
  mask: number;
}

function prefixKeys(text: string, at: number): Key[] {
  const prefix = parsePrefix(text);
  if (!prefix) return [];
  const bytes = ipaddr.parse(networkOf(prefix).address).toByteArray();
  const view = new DataView(Uint8Array.from(bytes).buffer);
  return Array.from({ length: bytes.length / 4 }, (_, i) => {
    const bits = Math.min(32, Math.max(0, prefix.length - i * 32));
    return { at: at + i * 4, value: view.getUint32(i * 4), mask: bits === 0 ? 0 : (0xffffffff << (32 - bits)) >>> 0 };
  }).filter(({ mask }) => mask !== 0);
}

function keysOf(match: Match, family: Family): string[] {
  const layout = LAYOUT[family];
  const keys: Key[] = [];
  // iproute2 packs what lies in the same word (pack_key, tc/f_u32.c).
  const add = (key: Key) => {
    const same = keys.find(({ at }) => at === key.at);
    if (!same) keys.push(key);
    else Object.assign(same, { value: (same.value | key.value) >>> 0, mask: (same.mask | key.mask) >>> 0 });
  };
  const { source, destination, protocol, source_port, destination_port, dscp } = match;
  if (source !== undefined) prefixKeys(source, layout.source).forEach(add);
  if (destination !== undefined) prefixKeys(destination, layout.destination).forEach(add);
  if (protocol !== undefined) {
    const { at, shift } = layout.protocol;
    add({ at, value: PROTOCOLS[family][protocol] << shift, mask: 0xff << shift });
  }
  if (dscp !== undefined) add({ at: 0, value: (dscp << layout.dscp.shift) >>> 0, mask: layout.dscp.mask });
  if (source_port !== undefined) add({ at: layout.ports, value: (source_port << 16) >>> 0, mask: 0xffff0000 });
  if (destination_port !== undefined) add({ at: layout.ports, value: destination_port, mask: 0xffff });
  const hex = (value: number) => value.toString(16).padStart(8, '0');
  return keys.map(({ at, value, mask }) => `${hex(value)}/${hex(mask)} at ${at}`);
}

/** Options of u32 filters for a match, one for each family that it covers. @param pref Priority of the first of them. */
export function u32Filters(match: Match, pref: number, flowid: string): { protocol: string; pref: number; keys: string[]; flowid: string }[] {
  const prefixes = [match.source, match.destination].flatMap((prefix) => parsePrefix(prefix ?? '')?.family ?? []);
  const families = (['inet', 'inet6'] as const).filter((family) => prefixes.every((other) => other === family));
  return families.map((family) => ({
    protocol: family === 'inet' ? 'ip' : 'ipv6',
    pref: family === 'inet' ? pref : pref + 1,
    keys: keysOf(match, family),
    flowid,
  }));
}

/** The key of u32 that every packet fits. */
export const EVERY_PACKET = '00000000/00000000 at 0';
