// Routes, rules, neighbours and ids, from the JSON of ip-route(8), ip-rule(8), ip-neighbour(8) and ip-netns(8).
import { z } from 'zod';
import type { Neighbour, Route, Rule } from '../../model/snapshot.js';
import { visible } from '../../model/text.js';

const Text = z.string().transform(visible);
const Via = z.object({ host: z.string() });

const RouteEntry = z.looseObject({
  type: z.string().default('unicast'),
  dst: z.string(),
  gateway: z.string().optional(),
  /** A next hop of the other family (RFC 5549). */
  via: Via.optional(),
  dev: Text.optional(),
  prefsrc: z.string().optional(),
  metric: z.number().optional(),
  table: z.union([z.string(), z.number()]).transform(String).default('main'),
  protocol: z.union([z.string(), z.number()]).transform(String).default('boot'),
  scope: z.union([z.string(), z.number()]).transform(String).optional(),
  flags: z.array(z.string()).default([]),
  /** RFC 4191 router preference: the kernel gives it for every IPv6 route, and for no other. */
  pref: z.string().optional(),
  nexthops: z.array(z.object({ gateway: z.string().optional(), via: Via.optional(), dev: Text.optional(), weight: z.number().default(1) })).default([]),
});

/** What a route can have beyond the keys of the schema. */
function otherAttributes(entry: z.infer<typeof RouteEntry>): string[] {
  return Object.keys(entry).filter((key) => !(key in RouteEntry.shape));
}

/** Reads the JSON of `ip -d route show table all`: both families in one list. */
export function parseRoutes(document: unknown): Route[] {
  return z
    .array(RouteEntry)
    .parse(document)
    .map((entry) => {
      const beyond = otherAttributes(entry);
      const isIpv6 = entry.dst.includes(':') || (entry.dst === 'default' && entry.pref !== undefined);
      return {
        family: isIpv6 ? 'inet6' : 'inet',
        type: entry.type,
        destination: entry.dst,
        via: entry.gateway ?? entry.via?.host ?? null,
        device: entry.dev ?? null,
        source: entry.prefsrc ?? null,
        metric: entry.metric ?? null,
        table: entry.table,
        protocol: entry.protocol,
        scope: entry.scope ?? null,
        flags: entry.flags,
        next_hops: entry.nexthops.map(({ gateway, via: other, dev, weight }) => ({ via: gateway ?? other?.host ?? null, device: dev ?? null, weight })),
        ...(beyond.length > 0 ? { other_attributes: beyond } : {}),
      };
    });
}

const RuleEntry = z
  .object({
    priority: z.number(),
    src: z.string().default('all'),
    srclen: z.number().optional(),
    dst: z.string().optional(),
    dstlen: z.number().optional(),
    table: z.union([z.string(), z.number()]).transform(String).optional(),
    action: z.string().optional(),
    protocol: z.unknown().optional(),
  })
  .catchall(z.unknown());

/** Reads the JSON of `ip rule show` of one family. */
export function parseRules(document: unknown, family: 'inet' | 'inet6'): Rule[] {
  return z
    .array(RuleEntry)
    .parse(document)
    .map(({ priority, src, srclen, dst, dstlen, table, action, protocol: _, ...others }) => ({
      family,
      priority,
      source: srclen === undefined ? src : `${src}/${srclen}`,
      destination: dst === undefined ? null : dstlen === undefined ? dst : `${dst}/${dstlen}`,
      table: table ?? null,
      action: action ?? null,
      selectors: Object.fromEntries(
        Object.entries(others).map(([key, value]) => [key, value === null ? '' : visible(typeof value === 'string' ? value : JSON.stringify(value))]),
      ),
    }));
}

const NeighbourEntry = z.object({
  dst: z.string(),
  dev: Text,
  lladdr: z.string().optional(),
  state: z.array(z.string()).default([]),
  router: z.unknown().optional(),
  proxy: z.unknown().optional(),
});

/** Reads the JSON of `ip neigh show`, or of `ip neigh show proxy`, whose entries get the state PROXY. */
export function parseNeighbours(document: unknown): Neighbour[] {
  return z
    .array(NeighbourEntry)
    .parse(document)
    .map(({ dst, dev, lladdr, state, router, proxy }) => ({
      address: dst,
      device: dev,
      mac: lladdr ?? null,
      state: proxy === undefined ? state : ['PROXY'],
      router: router !== undefined,
    }));
}

const IdEntry = z.object({ nsid: z.number(), name: Text.optional() });

/** Reads the JSON of `ip netns list-id`. */
export function parseNsids(document: unknown): { nsid: number; name: string | null }[] {
  return z
    .array(IdEntry)
    .parse(document)
    .map(({ nsid, name }) => ({ nsid, name: name ?? null }));
}
