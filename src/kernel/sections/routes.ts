// Routes, neighbours and ids, from the JSON of ip-route(8), ip-neighbour(8) and ip-netns(8).
import { z } from 'zod';
import type { Neighbour, Route } from '../../model/snapshot.js';
import { visible } from '../../model/text.js';

const Text = z.string().transform(visible);
const Via = z.object({ host: z.string() });

const Flags = z.array(z.string()).default([]);
/** Some metrics are words alone, such as `ecn`. */
const Metrics = z.record(z.string(), z.union([z.string(), z.number(), z.null()]));

const RouteEntry = z.looseObject({
  type: z.string().default('unicast'),
  dst: z.string(),
  from: z.string().optional(),
  tos: z.string().optional(),
  nhid: z.number().optional(),
  /** What the next hop object of that id says, once more. */
  nh_info: z.unknown().optional(),
  gateway: z.string().optional(),
  /** A next hop of the other family (RFC 5549). */
  via: Via.optional(),
  dev: Text.optional(),
  prefsrc: z.string().optional(),
  metric: z.number().optional(),
  table: z.union([z.string(), z.number()]).transform(String).default('main'),
  protocol: z.union([z.string(), z.number()]).transform(String).default('boot'),
  scope: z.union([z.string(), z.number()]).transform(String).optional(),
  flags: Flags,
  flow: z.object({ from: z.string().optional(), to: z.string() }).optional(),
  metrics: z.array(Metrics).optional(),
  /** RFC 4191 router preference: the kernel gives it for every IPv6 route, and for no other. */
  pref: z.string().optional(),
  nexthops: z
    .array(z.object({ gateway: z.string().optional(), via: Via.optional(), dev: Text.optional(), weight: z.number().default(1), flags: Flags }))
    .default([]),
});
type RouteEntry = z.infer<typeof RouteEntry>;

/** Keys of `ip -j route show` whose words in ip-route(8) are others. */
const METRIC_WORDS: Readonly<Record<string, string>> = { congestion: 'congctl' };
/** Metrics in milliseconds: a bare number would be read as units of the kernel. */
const IN_MILLISECONDS = ['rtt', 'rttvar', 'rto_min'];

/** What a route can have beyond the keys of the schema. */
function otherAttributes(entry: RouteEntry): string[] {
  return Object.keys(entry).filter((key) => !(key in RouteEntry.shape));
}

function metricsOf(metrics: z.infer<typeof Metrics>): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(metrics).map(([key, value]) => {
      if (value === null) return ['features', key];
      return [METRIC_WORDS[key] ?? key, IN_MILLISECONDS.includes(key) ? `${value}ms` : value];
    }),
  );
}

/** What few routes have. */
function extras({ tos, nhid, pref, from, flow, metrics = [], ...entry }: RouteEntry): Partial<Route> {
  const beyond = otherAttributes(entry);
  const said = metricsOf(Object.assign({}, ...metrics));
  return {
    ...(tos === undefined ? {} : { tos }),
    ...(nhid === undefined ? {} : { nexthop_id: nhid }),
    ...(pref === undefined || pref === 'medium' ? {} : { preference: pref }),
    ...(from === undefined ? {} : { from }),
    ...(flow === undefined ? {} : { realms: flow.from === undefined ? flow.to : `${flow.from}/${flow.to}` }),
    ...(Object.keys(said).length > 0 ? { metrics: said } : {}),
    ...(beyond.length > 0 ? { other_attributes: beyond } : {}),
  };
}

/** Reads the JSON of `ip -d route show table all`: both families in one list. */
export function parseRoutes(document: unknown): Route[] {
  return z
    .array(RouteEntry)
    .parse(document)
    .map((entry) => {
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
        next_hops: entry.nexthops.map(({ gateway, via, dev, weight, flags }) => ({
          ...{ via: gateway ?? via?.host ?? null, device: dev ?? null, weight },
          ...(flags.includes('onlink') ? { onlink: true } : {}),
        })),
        ...extras(entry),
      };
    });
}

const NeighbourEntry = z.object({
  dst: z.string(),
  /** A proxy entry can be for every link, and names none. */
  dev: Text.default(''),
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
