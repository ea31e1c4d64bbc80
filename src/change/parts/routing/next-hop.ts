// Through which links a route goes: for the policy, and as words of a command.
import { contains, parsePrefix } from '../../../model/ip.js';
import type { Subject } from '../../../model/policy.js';
import type { Link, Route } from '../../../model/snapshot.js';
import { linkAt, namespaceAt } from '../../operation.js';
import { linkArgument, type World } from '../../plan/world.js';
import { familyOf, type NewRouteInput, type RouteInput } from './route-input.js';

/** The link through which the kernel would reach a next hop: the longest connected prefix wins. */
export function linkTowards(world: World, namespace: string, via: string): Link | null {
  const hop = parsePrefix(via);
  const connected = (world.state(namespace).addresses ?? [])
    .map((address) => ({ index: address.link_index, prefix: parsePrefix(address.peer ? `${address.peer}/${address.address.split('/')[1]}` : address.address) }))
    .filter(({ prefix }) => prefix !== null && hop !== null && contains(prefix, hop))
    .sort((a, b) => (b.prefix?.length ?? 0) - (a.prefix?.length ?? 0));
  return world.links(namespace).find(({ index }) => index === connected[0]?.index) ?? null;
}

/** Where a next hop object leads, as far as such objects were read (ip-nexthop(8)): a group to several. */
export function hopsOfObject(world: World, namespace: string, id: number): Route['next_hops'] {
  const object = world.state(namespace).nexthops?.find((known) => known.id === id);
  if (!object) return [];
  if (object.group.length === 0) return [{ via: object.via, device: object.device, weight: 1 }];
  return object.group.flatMap((member) => hopsOfObject(world, namespace, member.id).map((hop) => ({ ...hop, weight: member.weight })));
}

/** Links that the input says the route goes through. */
export function devicesOf(world: World, { namespace, via, device, next_hops = [], nexthop_id }: NewRouteInput): string[] {
  const said = [{ via, device }, ...next_hops].flatMap((hop) => hop.device ?? (hop.via && linkTowards(world, namespace, hop.via)?.name) ?? []);
  const object = nexthop_id === undefined ? [] : hopsOfObject(world, namespace, nexthop_id);
  return [...said, ...object.flatMap(({ device: through }) => through ?? [])];
}

/** Links that a route goes through. */
export function devicesOfRoute({ device, next_hops }: Route): string[] {
  return [device, ...next_hops.map((hop) => hop.device)].filter((name) => name !== null);
}

/** The links that the routes go through, where they can be told, and the destination. */
export function routeSubjects(world: World, input: RouteInput, devices: readonly string[]): Subject[] {
  const { namespace, destination } = input;
  const links = [...new Set(devices)].map((device) => linkAt(world, namespace, device));
  const prefix = destination === 'default' ? (familyOf(input) === 'inet' ? '0.0.0.0/0' : '::/0') : destination;
  return [...(links.length > 0 ? links : [namespaceAt(world, namespace)]), { kind: 'address', address: prefix }];
}

/** The words of `ip route VERB` for an input (ip-route(8)). */
export function newRouteArguments(verb: 'add' | 'replace', world: World, input: NewRouteInput): string[] {
  const { namespace, type = 'unicast', metric, table, protocol, scope, source, onlink, mtu_bytes, next_hops = [], nexthop_id } = input;
  const family = familyOf(input);
  const word = (name: string, value: string | number | undefined) => (value === undefined ? [] : [name, String(value)]);
  const hop = ({ via, device }: { via?: string | undefined; device?: string | undefined }) => [
    // An IPv4 route can have an IPv6 next hop (RFC 5549).
    ...(via === undefined ? [] : ['via', ...(family === 'inet' && via.includes(':') ? ['inet6'] : []), via]),
    ...(device === undefined ? [] : ['dev', linkArgument(world.link(namespace, device), world.links(namespace))]),
  ];
  return [
    ...['route', verb],
    ...(type === 'unicast' ? [] : [type]),
    input.destination === 'default' && family === 'inet6' ? '::/0' : input.destination,
    ...hop(input),
    ...word('table', table),
    ...word('metric', metric),
    ...word('proto', protocol),
    ...word('scope', scope),
    ...word('src', source),
    ...(onlink ? ['onlink'] : []),
    ...word('mtu', mtu_bytes),
    ...word('nhid', nexthop_id),
    // iproute2 takes nothing else after the first of them.
    ...next_hops.flatMap((each) => ['nexthop', ...hop(each), 'weight', String(each.weight)]),
  ];
}
