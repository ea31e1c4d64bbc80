// Next hop objects, from the JSON of ip-nexthop(8).
import { z } from 'zod';
import type { NextHop } from '../../model/snapshot.js';
import { visible } from '../../model/text.js';

const NextHopEntry = z.looseObject({
  id: z.number(),
  gateway: z.string().optional(),
  dev: z.string().transform(visible).optional(),
  blackhole: z.null().optional(),
  group: z.array(z.object({ id: z.number(), weight: z.number().default(1) })).default([]),
  fdb: z.null().optional(),
  scope: z.union([z.string(), z.number()]).transform(String).optional(),
  protocol: z.union([z.string(), z.number()]).transform(String).optional(),
  flags: z.array(z.string()).default([]),
});
type NextHopEntry = z.infer<typeof NextHopEntry>;

/** The only one that somebody sets; the others tell how things are (`dead`, `linkdown` …). */
const SET_FLAG = 'onlink';

/** A device alone is a host to IPv4, and a link to IPv6 (nh_create_ipv4, net/ipv4/nexthop.c). Of a blackhole iproute2 does not tell it. */
function familyOf({ gateway, group, dev, scope }: NextHopEntry): NextHop['family'] {
  if (group.length > 0) return null;
  if (gateway !== undefined) return gateway.includes(':') ? 'inet6' : 'inet';
  return dev !== undefined && scope === 'link' ? 'inet6' : 'inet';
}

/** Reads the JSON of `ip -d nexthop show`. @param family When only those of one family were asked for. */
export function parseNextHops(document: unknown, family?: 'inet6'): NextHop[] {
  return z
    .array(NextHopEntry)
    .parse(document)
    .map((entry) => {
      const beyond = Object.keys(entry).filter((key) => !(key in NextHopEntry.shape));
      return {
        id: entry.id,
        family: entry.group.length > 0 ? null : (family ?? familyOf(entry)),
        via: entry.gateway ?? null,
        device: entry.dev ?? null,
        blackhole: entry.blackhole === null,
        group: entry.group,
        fdb: entry.fdb === null,
        protocol: entry.protocol === undefined || entry.protocol === 'unspec' ? null : entry.protocol,
        flags: entry.flags.filter((flag) => flag === SET_FLAG),
        ...(beyond.length > 0 ? { other_attributes: beyond } : {}),
      };
    });
}
