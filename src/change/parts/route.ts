// What add_route and delete_route share.
import { z } from 'zod';
import { contains, type Family, parsePrefix } from '../../model/ip.js';
import { LinkReference } from '../../model/names.js';
import type { Subject } from '../../model/policy.js';
import type { Link, Route } from '../../model/snapshot.js';
import { linkAt, namespaceAt } from '../operation.js';
import type { World } from '../world.js';
import { Destination, InNamespace, NextHop, Table } from './inputs.js';

export const RouteInput = z.strictObject({
  namespace: InNamespace,
  destination: Destination,
  via: NextHop.optional(),
  device: LinkReference.optional(),
  metric: z.number().int().min(0).max(0xffff_ffff).optional(),
  table: Table.default('main'),
});
export type RouteInput = z.output<typeof RouteInput>;

export const ShownRoute = z.looseObject({ destination: z.string(), via: z.string().nullable(), device: z.string().nullable() });

/** `default` is of the family of its next hop; without one it is IPv4 (`::/0` says IPv6). */
export function familyOf({ destination, via }: RouteInput): Family {
  return parsePrefix(destination === 'default' ? (via ?? '0.0.0.0') : destination)?.family ?? 'inet';
}

/** The main table has a name and a number; others may have either (rt_tables). */
const TABLES: Record<string, string> = { '253': 'default', '254': 'main', '255': 'local' };
const tableName = (table: string): string => TABLES[table] ?? table;

/** iproute2 prints `default` for a prefix of length 0, and a host route without its length. */
function sameDestination(route: Route, destination: string): boolean {
  const canonical = (text: string) => {
    if (text === 'default' || text === '0.0.0.0/0' || text === '::/0') return 'default';
    const prefix = parsePrefix(text);
    return prefix ? `${prefix.address}/${prefix.length}` : text;
  };
  return canonical(route.destination) === canonical(destination);
}

/** Routes of the same family, destination and table; with `metric`, of that metric. IPv6 has 1024 where none is given (IP6_RT_PRIO_USER). */
export function alike(world: World, input: RouteInput, metric: number | null | undefined): Route[] {
  const family = familyOf(input);
  return (world.state(input.namespace).routes ?? []).filter(
    (route) =>
      route.family === family &&
      route.table === tableName(input.table) &&
      sameDestination(route, input.destination) &&
      (metric === undefined || (route.metric ?? 0) === (metric ?? 0)),
  );
}

/** The device of the caller as it is called in the kernel; null when none was given. */
export function deviceOf(world: World, { namespace, device }: RouteInput): Link | null {
  return device === undefined ? null : world.link(namespace, device);
}

/** The link through which the kernel would reach a next hop: the longest connected prefix wins. */
function linkTowards(world: World, namespace: string, via: string): Link | null {
  const hop = parsePrefix(via);
  const connected = (world.state(namespace).addresses ?? [])
    .map((address) => ({ index: address.link_index, prefix: parsePrefix(address.peer ? `${address.peer}/${address.address.split('/')[1]}` : address.address) }))
    .filter(({ prefix }) => prefix !== null && hop !== null && contains(prefix, hop))
    .sort((a, b) => (b.prefix?.length ?? 0) - (a.prefix?.length ?? 0));
  return world.links(namespace).find(({ index }) => index === connected[0]?.index) ?? null;
}

/** The link that the route goes through, where it can be told, and the destination. */
export function routeSubjects(input: RouteInput, world: World): Subject[] {
  const { namespace, destination, via, device } = input;
  const link = device ?? (via && linkTowards(world, namespace, via)?.name) ?? alike(world, input, undefined)[0]?.device;
  const prefix = destination === 'default' ? (familyOf(input) === 'inet' ? '0.0.0.0/0' : '::/0') : destination;
  return [link ? linkAt(world, namespace, link) : namespaceAt(world, namespace), { kind: 'address', address: prefix }];
}

/** The route that the input means, as the kernel shows it. */
export function shownRoute(input: RouteInput, world: World): z.input<typeof ShownRoute> | null {
  const [route] = alike(world, input, input.metric).filter(
    ({ via, device }) =>
      (input.via === undefined || via === input.via) && (input.device === undefined || device === world.findLink(input.namespace, input.device)?.name),
  );
  if (!route) return null;
  const { destination, via, device, metric, table, protocol, scope } = route;
  return { destination, via, device, metric, table, protocol, scope };
}
