// The route that an input means, and whether one that is there is that.
import { z } from 'zod';
import { routeText } from '../../../kernel/explain.js';
import { placeName } from '../../../model/change.js';
import { fail } from '../../../model/errors.js';
import { parsePrefix } from '../../../model/ip.js';
import type { Route } from '../../../model/snapshot.js';
import { routeKey } from '../../objects/route.js';
import type { Touch } from '../../operation.js';
import type { World } from '../../plan/world.js';
import { devicesOf, hopsOfObject, linkTowards } from './next-hop.js';
import { familyOf, isLocal, leadsNowhere, type NewRouteInput, type RouteInput } from './route-input.js';

export const ShownRoute = z.looseObject({ destination: z.string(), via: z.string().nullable(), device: z.string().nullable() });

/** Names that iproute2 prints for numbers (rt_tables, rt_protos). */
const TABLES: Record<string, string> = { '253': 'default', '254': 'main', '255': 'local' };
const PROTOCOLS: Record<string, string> = { '3': 'boot', '4': 'static' };

function tableOf({ table, type = 'unicast' }: RouteInput): string {
  if (table === undefined) return isLocal(type) ? 'local' : 'main';
  return TABLES[table] ?? table;
}

/** The metric that a route gets: IPv6 has 1024 where none is given (IP6_RT_PRIO_USER, ipv6_route.h). */
function metricOf(input: NewRouteInput): number {
  if (familyOf(input) === 'inet') return input.metric ?? 0;
  return input.metric === undefined || input.metric === 0 ? 1024 : input.metric;
}

function canonical(destination: string): string {
  const prefix = parsePrefix(destination);
  return prefix === null || prefix.length === 0 ? 'default' : `${prefix.address}/${prefix.length}`;
}

/** iproute2 prints `default` for a prefix of length 0, and a host route without its length. */
function shownDestination(destination: string): string {
  return canonical(destination).replace(/(?<=\..*)\/32$|(?<=:.*)\/128$/, '');
}

/** Routes of the same family, destination and table; with `metric`, of that metric. */
export function alike(world: World, input: NewRouteInput, metric?: number): Route[] {
  const [family, table] = [familyOf(input), tableOf(input)];
  return (world.state(input.namespace).routes ?? []).filter(
    (route) =>
      route.family === family &&
      route.table === table &&
      canonical(route.destination) === canonical(input.destination) &&
      (metric === undefined || (route.metric ?? 0) === metric),
  );
}

/** Routes in whose place the input would come: the kernel holds one of each metric and type of service, and for IPv6 of each source prefix. */
export function inPlaceOf(world: World, input: NewRouteInput): Route[] {
  return alike(world, input, metricOf(input)).filter(({ tos, from }) => tos === undefined && from === undefined);
}

/** Routes that an input without further properties means. */
export function fitting(world: World, input: RouteInput): Route[] {
  const device = nameOf(world, input.namespace, input.device);
  return alike(world, input, input.metric).filter(
    ({ type, via, ...route }) =>
      (input.type === undefined || input.type === type) && (input.via === undefined || input.via === via) && (device === null || device === route.device),
  );
}

/** What a link of the caller is called; null when none was given. */
function nameOf(world: World, namespace: string, device: string | undefined): string | null {
  return device === undefined ? null : (world.findLink(namespace, device)?.name ?? device);
}

/** Where one next hop is said to lead; null is what is not said. */
interface Hop {
  via: string | null;
  device: string | null;
}

function hopOf(world: World, namespace: string, { via, device }: { via?: string | undefined; device?: string | undefined }): Hop {
  return { via: via ?? null, device: nameOf(world, namespace, device) };
}

/** The route that an input means, as the kernel will show it. */
export function routeOf(world: World, input: NewRouteInput): Route {
  const { namespace, via, type = 'unicast', next_hops, source, scope, onlink, protocol, mtu_bytes, nexthop_id } = input;
  const family = familyOf(input);
  const metric = metricOf(input);
  const through = (hop: Hop): Hop => (hop.device === null && hop.via !== null ? { ...hop, device: linkTowards(world, namespace, hop.via)?.name ?? null } : hop);
  const object = nexthop_id === undefined ? [] : hopsOfObject(world, namespace, nexthop_id);
  const single = object.length === 1 && object[0] ? { via: object[0].via, device: object[0].device } : through(hopOf(world, namespace, input));
  const several = object.length > 1 ? object : (next_hops ?? []).map((hop) => ({ ...through(hopOf(world, namespace, hop)), weight: hop.weight }));
  return {
    family,
    type,
    destination: shownDestination(input.destination),
    ...(leadsNowhere(type) && family === 'inet6' ? { via: null, device: 'lo' } : single),
    source: source ?? null,
    metric: metric === 0 ? null : metric,
    table: tableOf(input),
    protocol: protocol === undefined ? 'boot' : (PROTOCOLS[protocol] ?? protocol),
    scope: family === 'inet6' ? 'global' : (scope ?? defaultScope(type, (via ?? next_hops ?? nexthop_id) !== undefined)),
    flags: onlink ? ['onlink'] : [],
    next_hops: several,
    ...(mtu_bytes === undefined ? {} : { metrics: { mtu: mtu_bytes } }),
    ...(nexthop_id === undefined ? {} : { nexthop_id }),
  };
}

/** As iproute_modify of iproute2 chooses it. */
function defaultScope(type: string, hasNextHop: boolean): string {
  if (type === 'local') return 'host';
  return isLocal(type) || (type === 'unicast' && !hasNextHop) ? 'link' : 'global';
}

/** In what a route that is there differs from what is said about it: names of fields. */
export function routeDifferences(world: World, known: Route, input: NewRouteInput): string[] {
  const wanted = routeOf(world, input);
  const asked = (input.next_hops ?? []).map((hop) => ({ ...hopOf(world, input.namespace, hop), weight: hop.weight }));
  const isHop = (hop: Hop, { via, device }: Hop) => hop.via === via && (device === null || hop.device === device);
  const isSameWay =
    input.nexthop_id === undefined
      ? known.nexthop_id === undefined &&
        (leadsNowhere(wanted.type) || isHop(known, hopOf(world, input.namespace, input)) || asked.length > 0) &&
        known.next_hops.length === asked.length &&
        asked.every((one) => known.next_hops.some((hop) => isHop(hop, one) && hop.weight === one.weight))
      : known.nexthop_id === input.nexthop_id;
  const facts: [field: string, isSame: boolean][] = [
    ['type', known.type === wanted.type],
    ['next hop', isSameWay],
    ['source', input.source === undefined || known.source === wanted.source],
    ['scope', input.scope === undefined || known.scope === wanted.scope],
    ['protocol', input.protocol === undefined || known.protocol === wanted.protocol],
    ['onlink', input.onlink === undefined || known.flags.includes('onlink') === input.onlink],
    ['mtu', input.mtu_bytes === undefined || known.metrics?.['mtu'] === input.mtu_bytes],
  ];
  return facts.flatMap(([field, isSame]) => (isSame ? [] : [field]));
}

/** Properties that nothing is said about, and that a new route in its place would not have. */
export function propertiesBeyond({ source, metrics = {}, flags, preference, realms, other_attributes = [] }: Route, input: NewRouteInput): string[] {
  return [
    ...(source !== null && input.source === undefined ? ['source'] : []),
    ...Object.keys(metrics).filter((name) => name !== 'mtu' || input.mtu_bytes === undefined),
    ...(flags.includes('onlink') && input.onlink === undefined ? ['onlink'] : []),
    ...(preference === undefined ? [] : ['preference']),
    ...(realms === undefined ? [] : ['realms']),
    ...other_attributes,
  ];
}

/** The route that the input means, as the kernel shows it. */
export function shownRoute(world: World, input: NewRouteInput): z.input<typeof ShownRoute> | null {
  const [route] = inPlaceOf(world, input).filter((known) => routeDifferences(world, known, input).length === 0);
  if (!route) return null;
  const { type, destination, via, device, metric, table, protocol, scope, source, next_hops, nexthop_id } = route;
  return {
    ...{ destination, via, device, metric, table, protocol, scope },
    ...(type === 'unicast' ? {} : { type }),
    ...(source === null ? {} : { source }),
    ...(next_hops.length === 0 ? {} : { next_hops }),
    ...(nexthop_id === undefined ? {} : { nexthop_id }),
  };
}

/** One line for a person. */
export function tellRoute(namespace: string, route: z.output<typeof ShownRoute> | null): string {
  return route ? `${namespace}: ${routeText({ destination: route.destination, via: route.via, device: route.device })}` : `${namespace} has no such route yet.`;
}

/** A route as what a change may alter. */
export function routeTouch(namespace: string, route: Route): Touch {
  return { namespace, kind: 'route', key: routeKey(route) };
}

/** @throws NetnsError ROUTE_UNREACHABLE when the route would go through a link that is down. */
export function demandLinksUp(world: World, input: NewRouteInput): void {
  const { namespace } = input;
  const down = devicesOf(world, input)
    .map((device) => world.link(namespace, device))
    .find(({ up }) => !up);
  if (!down || isLocal(input.type ?? 'unicast')) return;
  fail(
    'ROUTE_UNREACHABLE',
    `Link ${down.name} in ${placeName(world.at(namespace))} is down: the kernel takes no route through it.`,
    `set_link {"namespace": "${namespace}", "link": "${down.name}", "up": true} first.`,
    { link: down.name },
  );
}
