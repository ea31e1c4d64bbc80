// Input and output pieces that several operations share.
import { z } from 'zod';
import { IpAddress, networkOf, parsePrefix, prefixText } from '../../model/ip.js';
import { ReferenceText } from '../../model/reference.js';
import type { Address, Link } from '../../model/snapshot.js';
import type { World } from '../plan/world.js';

/** Where an operation works; the host when nothing is said. */
export const InNamespace = ReferenceText.default('host').describe('Namespace reference');

export const Mtu = z.number().int().min(68).max(65535).describe('Bytes');

/** `default` or a prefix whose host bits are clear, in canonical spelling. */
export const Destination = z
  .string()
  .max(64)
  .transform((text, context) => {
    if (text === 'default') return text;
    const prefix = parsePrefix(text);
    const network = prefix && prefixText(networkOf(prefix));
    if (network && network === prefixText(prefix)) return network;
    context.addIssue({ code: 'custom', message: network ? `host bits are set: did you mean ${network}?` : 'not "default" or a prefix such as 10.0.0.0/24' });
    return z.NEVER;
  })
  .describe('"default" or prefix');

/** A routing table by number or by a name of rt_tables. */
export const Table = z
  .union([
    z.number().int().min(1).max(0xffff_ffff),
    z
      .string()
      .regex(/^[A-Za-z0-9_][A-Za-z0-9_-]{0,31}$/, 'a table number or name')
      .refine((name) => !['all', 'cache', 'unspec'].includes(name), 'one table'),
  ])
  .transform(String)
  .describe('Number or name');

/** A lifetime. */
export const Seconds = z.number().int().min(0).max(0xffff_fffe);

export const NextHop = IpAddress.describe('Next hop');

/** A namespace as changing tools show it. */
export const ShownNamespace = z.strictObject({ inode: z.number(), names: z.array(z.string()) });

/** What `ShownNamespace` holds of a namespace, or null when it is not there. */
export function shownNamespace(world: World, reference: string): z.input<typeof ShownNamespace> | null {
  const place = world.find(reference);
  return place && { inode: place.inode, names: place.names };
}

/** A link as changing tools show it: the main facts, and its addresses. */
export const ShownLink = z.looseObject({ index: z.number(), name: z.string() });

/** What `ShownLink` holds of a link, or null when it is not there. */
export function shownLink(world: World, reference: string, name: string): z.input<typeof ShownLink> | null {
  const link = world.find(reference) && world.findLink(reference, name);
  if (!link) return null;
  const { index, kind, up, operstate, mtu, mac, peer, peer_index, link_netnsid, master, alias } = link;
  const optional = Object.fromEntries(Object.entries({ peer, peer_index, link_netnsid, master, alias }).filter(([, value]) => value !== null));
  return { index, name: link.name, kind, up, operstate, mtu, mac, ...optional, addresses: addressesOf(world, reference, link).map(({ address }) => address) };
}

/** The addresses of a link. */
export function addressesOf(world: World, reference: string, link: Link): Address[] {
  return (world.state(reference).addresses ?? []).filter(({ link_index }) => link_index === link.index);
}

/** A shown link in one line, in the manner of `ip -br`: `veth1@if4 UP 10.0.0.1/24`. */
export function tellLink(link: z.output<typeof ShownLink> | null): string {
  if (!link) return 'The link is not there.';
  const { name, operstate, peer, peer_index, addresses } = link;
  const other = typeof peer === 'string' ? `@${peer}` : typeof peer_index === 'number' ? `@if${peer_index}` : '';
  return [`${name}${other}`, operstate, ...(Array.isArray(addresses) ? addresses : [])].join(' ');
}
