// Routes that somebody configured (ip-route(8)): those of the kernel, of routers and of routing daemons come back by themselves.
import { z } from 'zod';
import { routeText } from '../../kernel/explain.js';
import { type Link, Route } from '../../model/objects.js';
import type { NamespaceState } from '../../model/snapshot.js';
import { linkArgument } from '../plan/world.js';
import { gatewayScaffold } from './gateway.js';
import { defineObject, goesWith } from './object.js';

/** A route with what tells it from others of its table, and whose address it names as its source. */
export const RouteObject = Route.extend({
  /** Its place among several to the same destination with the same metric, from 0. */
  rank: z.number(),
  /** Links with the address that it names as its source: it goes when none of them has it any more (fib_sync_down_addr). */
  source_links: z.array(z.string()),
});
export type RouteObject = z.infer<typeof RouteObject>;

/** What the kernel makes by itself, what comes from routers, and what routing daemons bring (rt_protos of iproute2). */
const AUTOMATIC = [
  ...['kernel', 'ra', 'redirect'],
  ...['bird', 'zebra', 'bgp', 'isis', 'ospf', 'rip', 'eigrp', 'babel', 'gated', 'mrt', 'xorp', 'ntk', 'dnrouted', 'mrouted', 'openr'],
];
const GIVEN_FLAGS = ['onlink', 'pervasive'];
/** Routes that lead nowhere. IPv6 shows them with the loopback as their device. */
const NOWHERE = ['blackhole', 'unreachable', 'prohibit', 'throw'];

/** What at most one route can have, but for those that were appended: then `rank` tells them apart. */
function slotOf({ family, table, destination, from, tos, metric, protocol, device }: Route): string {
  return [
    ...[family, 'table', table, destination],
    ...(from === undefined ? [] : ['from', from]),
    ...(tos === undefined ? [] : ['tos', tos]),
    // The kernel gives IPv6 routes a metric when none is said (IP6_RT_PRIO_USER), IPv4 ones stay without.
    ...['metric', String(metric ?? (family === 'inet6' ? 1024 : 0))],
    // Every link has its own to the prefix of its addresses; those of IPv6 are in no order.
    ...(family === 'inet6' && protocol === 'kernel' ? ['dev', device ?? ''] : []),
  ].join(' ');
}

/** What tells a route from others of its namespace. */
export function routeKey(route: Route & { rank?: number }): string {
  return route.rank ? `${slotOf(route)} #${route.rank + 1}` : slotOf(route);
}

/** Arguments of `ip route VERB` that name exactly this route (ip-route(8)). @param links Of its namespace. */
export function routeArguments(verb: 'add' | 'append' | 'replace' | 'delete', route: Route, links: readonly Link[]): string[] {
  const isMade = verb !== 'delete';
  const isNowhere = NOWHERE.includes(route.type);
  const destination = route.destination === 'default' && route.family === 'inet6' ? '::/0' : route.destination;
  const argumentOf = (device: string) => {
    const link = links.find(({ name }) => name === device);
    return link ? linkArgument(link, links) : device;
  };
  const hop = (via: string | null, device: string | null) => [
    ...(via ? ['via', ...(route.family === 'inet' && via.includes(':') ? ['inet6'] : []), via] : []),
    ...(device ? ['dev', argumentOf(device)] : []),
  ];
  const word = (name: string, value: string | number | null | undefined) => (value === null || value === undefined ? [] : [name, String(value)]);
  return [
    ...['route', verb],
    ...(route.type === 'unicast' ? [] : [route.type]),
    destination,
    ...word('from', route.from),
    ...word('tos', route.tos),
    ...(route.nexthop_id === undefined ? hop(route.via, isNowhere ? null : route.device) : word('nhid', route.nexthop_id)),
    ...['table', route.table],
    ...word('metric', route.metric),
    ...['proto', route.protocol],
    ...(isMade ? word('src', route.source) : []),
    ...(isMade && route.family === 'inet' && !isNowhere ? word('scope', route.scope) : []),
    ...(isMade ? word('realms', route.realms) : []),
    ...(isMade ? word('pref', route.preference) : []),
    ...(isMade ? Object.entries(route.metrics ?? {}).flatMap(([name, value]) => word(name, value)) : []),
    ...route.flags.filter((flag) => isMade && GIVEN_FLAGS.includes(flag)),
    // iproute2 takes nothing else after the first of them.
    ...(route.nexthop_id === undefined ? route.next_hops : []).flatMap(({ via, device, weight, onlink }) => [
      ...['nexthop', ...hop(via, device), 'weight', String(weight)],
      ...(onlink ? ['onlink'] : []),
    ]),
  ];
}

/** True when a route can be made again from what was read of it. */
export function isRestorable({ other_attributes = [] }: Route): boolean {
  return other_attributes.length === 0;
}

/** Those of some routes that somebody made, in an order in which they can be made again: first those that later next hops are reached by. */
export function configured(routes: readonly Route[]): Route[] {
  const isFar = ({ via, next_hops }: Route) => Number(via !== null || next_hops.some((hop) => hop.via !== null));
  return routes.filter(({ protocol }) => !AUTOMATIC.includes(protocol)).sort((a, b) => isFar(a) - isFar(b));
}

/** Names of the links that a route leads through. */
function devicesOf({ type, device, next_hops }: Route): string[] {
  const devices = [NOWHERE.includes(type) ? null : device, ...next_hops.map((hop) => hop.device)];
  return [...new Set(devices.flatMap((name) => name ?? []))];
}

/** True when the route, or one of its next hops, goes through the link. */
export function isThrough(route: Route, link: Link): boolean {
  return devicesOf(route).includes(link.name);
}

/** Routes through a link that somebody made: the kernel's own come back with the addresses. */
export function configuredRoutes(state: NamespaceState, link: Link): Route[] {
  return configured((state.routes ?? []).filter((route) => isThrough(route, link)));
}

/** Those, and the ones whose source is an address that no other link has: they go with the address, wherever they lead. */
export function routesLostWith(state: NamespaceState, link: Link): Route[] {
  return routesOf(state)
    .filter(({ protocol }) => !AUTOMATIC.includes(protocol))
    .filter((route) => goesWith(routeKind, route, (name) => name === link.name))
    .map(({ rank: _, source_links: __, ...route }) => route);
}

function routesOf(state: NamespaceState): RouteObject[] {
  const linkByAddress = new Map<string, string[]>();
  for (const { link, address, family } of state.addresses ?? []) {
    const [local = ''] = address.split('/');
    if (family === 'inet') linkByAddress.set(local, [...(linkByAddress.get(local) ?? []), link]);
  }
  const ranks = new Map<string, number>();
  return [...(state.routes ?? []).filter(isConnected), ...configured(state.routes ?? [])].map((route) => {
    const slot = slotOf(route);
    const rank = ranks.get(slot) ?? 0;
    ranks.set(slot, rank + 1);
    return { ...route, rank, source_links: linkByAddress.get(route.source ?? '') ?? [] };
  });
}

/** A route to the prefix of an address, which the kernel made with the address: it comes back with that, but can be deleted by itself. */
function isConnected({ protocol, type, other_attributes = [] }: Route): boolean {
  return protocol === 'kernel' && type === 'unicast' && other_attributes.length === 0;
}

export const routeKind = defineObject<RouteObject>({
  name: 'route',
  section: 'routes',
  schema: RouteObject,
  of: routesOf,
  key: routeKey,
  links: devicesOf,
  anyOf: (route) => route.source_links,
  facts: (route) => {
    const { type, via, source, protocol, scope, flags, next_hops, metrics, nexthop_id, preference, realms, other_attributes } = route;
    const through = nexthop_id === undefined ? { via, device: NOWHERE.includes(type) ? null : route.device, next_hops } : { nexthop_id };
    return {
      type,
      ...through,
      source,
      protocol,
      scope,
      flags: flags.filter((flag) => GIVEN_FLAGS.includes(flag)),
      metrics,
      preference,
      realms,
      other_attributes,
    };
  },
  sequence: (route) => slotOf(route),
  isDerived: isConnected,
  lacks: ({ other_attributes = [] }) => (other_attributes.length === 0 ? null : `what it has besides is not known: ${other_attributes.join(', ')}`),
  tell: (route) => `route ${routeText(route)}`,
  add: (route, { state }) => [
    { args: routeArguments(route.rank > 0 || (route.family === 'inet6' && isConnected(route)) ? 'append' : 'add', route, state.links ?? []) },
  ],
  scaffold: ({ family, via, device, next_hops, nexthop_id }, site) =>
    gatewayScaffold(family, nexthop_id === undefined ? [{ via, device }, ...next_hops] : [], site),
  remove: (route, { state }) => [{ args: routeArguments('delete', route, state.links ?? []) }],
});
