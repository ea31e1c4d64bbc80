// What the steps look for in answers, as schemas: the part of each answer that the tour speaks of.
import { z } from 'zod';

/** A link as changing tools show it. */
export const Link = z.looseObject({
  name: z.string(),
  up: z.boolean(),
  operstate: z.string(),
  peer: z.string().optional(),
  peer_index: z.number().optional(),
  link_netnsid: z.number().optional(),
  addresses: z.array(z.string()),
});
export type Link = z.infer<typeof Link>;

/** A link that is up, but has nobody at its other end. */
export const LonelyLink = Link.extend({ up: z.literal(true), operstate: z.enum(['LOWERLAYERDOWN', 'DOWN']) });
export const UpLink = Link.extend({ up: z.literal(true), operstate: z.literal('UP') });
export const DownLink = Link.extend({ up: z.literal(false), operstate: z.literal('DOWN') });

/** A link as inspect_namespace shows it. */
export const InspectedLink = z.looseObject({
  name: z.string(),
  up: z.boolean(),
  operstate: z.string(),
  flags: z.array(z.string()),
  peer_index: z.number().nullable(),
  link_netnsid: z.number().nullable(),
});

export const ListedNamespace = z.looseObject({
  inode: z.number(),
  names: z.array(z.string()),
  nsid: z.number().nullable(),
  kind: z.string(),
  kept_alive_by: z.array(z.string()),
  processes: z.looseObject({ count: z.number(), sample: z.array(z.string()) }),
  links: z.looseObject({ count: z.number(), up: z.number() }),
});
export type ListedNamespace = z.infer<typeof ListedNamespace>;

export const Probed = z.looseObject({
  reachable: z.literal(true),
  sent: z.number(),
  received: z.number(),
  rtt_ms: z.number().nullable(),
  method: z.string(),
});

/** A schema that also wants an address. */
export const having = <Seen extends Link>(link: z.ZodType<Seen>, address: string): z.ZodType<Seen> =>
  link.refine(({ addresses }) => addresses.includes(address), { message: `expected the address ${address}`, path: ['addresses'] });

/** `veth0@if2`: a link and where it leads, as ip writes it. */
export function linkLine({ name, peer, peer_index, operstate, addresses }: Link): string {
  const other = peer ?? (peer_index === undefined ? null : `if${peer_index}`);
  return [`${name}${other === null ? '' : `@${other}`}`, operstate, ...addresses].join('  ');
}

/** A namespace in one line. */
export function namespaceLine({ kind, names, inode, nsid, links, kept_alive_by }: ListedNamespace): string {
  const name = kind === 'host' ? 'host' : (names[0] ?? 'without a name');
  const id = nsid === null ? [] : [`nsid ${nsid}`];
  return [name, `inode ${inode}`, ...id, `links ${links.count} (up ${links.up})`, `kept alive by ${kept_alive_by.join(', ')}`].join('  ');
}

/** `2 of 2 answered, 0.05 ms`. */
export function probeLines({ sent, received, rtt_ms, method }: z.infer<typeof Probed>): string[] {
  return [`${received} of ${sent} answered${rtt_ms === null ? '' : `, ${rtt_ms} ms on average`}`, method];
}
