// Commands that bring back what a link had: its addresses, its routes, its place in a bridge.
import type { Command, ResolvedNamespace } from '../../model/change.js';
import type { Address, Link, NamespaceState, Route } from '../../model/snapshot.js';
import { linkArgument } from '../world.js';

/** The kernel makes these by itself when the link comes up, or they come from a router: nobody configured them. */
export function isConfigured(address: Address): boolean {
  const isAutomatic = address.flags.includes('dynamic') || address.flags.includes('temporary');
  return !isAutomatic && !(address.family === 'inet6' && address.scope === 'link' && address.address.endsWith('/64'));
}

/** Arguments of `ip address add` for an address as it was (ip-address(8)). */
export function addressArguments(address: Address, device: string): string[] {
  const [local = ''] = address.address.split('/');
  const length = address.address.slice(local.length);
  return [
    'address',
    'add',
    ...(address.peer ? [local, 'peer', `${address.peer}${length}`] : [address.address]),
    ...(address.broadcast ? ['broadcast', address.broadcast] : []),
    'dev',
    device,
    'scope',
    address.scope,
    ...(address.flags.includes('noprefixroute') ? ['noprefixroute'] : []),
  ];
}

const RESTORED_FLAGS = ['onlink', 'pervasive'];

/** Arguments of `ip route VERB` that name exactly this route (ip-route(8)). */
export function routeArguments(verb: 'add' | 'delete', route: Route): string[] {
  const destination = route.destination === 'default' && route.family === 'inet6' ? '::/0' : route.destination;
  const hop = (via: string | null, device: string | null) => [
    ...(via ? ['via', ...(route.family === 'inet' && via.includes(':') ? ['inet6'] : []), via] : []),
    ...(device ? ['dev', device] : []),
  ];
  return [
    'route',
    verb,
    ...(route.type === 'unicast' ? [] : [route.type]),
    destination,
    ...hop(route.via, route.type === 'unicast' ? route.device : null),
    ...route.next_hops.flatMap(({ via, device, weight }) => ['nexthop', ...hop(via, device), 'weight', String(weight)]),
    'table',
    route.table,
    ...(route.metric === null ? [] : ['metric', String(route.metric)]),
    'proto',
    route.protocol,
    ...(verb === 'add' && route.source ? ['src', route.source] : []),
    ...(verb === 'add' && route.scope && route.family === 'inet' && route.type === 'unicast' ? ['scope', route.scope] : []),
    ...route.flags.filter((flag) => verb === 'add' && RESTORED_FLAGS.includes(flag)),
  ];
}

/** Routes through a link that somebody made: the kernel's own come back with the addresses. */
export function configuredRoutes(state: NamespaceState, link: Link): Route[] {
  return (state.routes ?? []).filter(
    ({ protocol, device, next_hops, type }) =>
      protocol !== 'kernel' && type === 'unicast' && (device === link.name || next_hops.some((hop) => hop.device === link.name)),
  );
}

/** A route in words: `10.0.0.0/8 via 10.0.0.1`. */
export function routeText({ destination, via, device, table }: Pick<Route, 'destination' | 'via' | 'device' | 'table'>): string {
  return [destination, ...(via ? ['via', via] : []), ...(device ? ['dev', device] : []), ...(table === 'main' ? [] : ['table', table])].join(' ');
}

/** Brings a link back to what was read of it, once it is in its place again under its old name. */
export function restoreLink(place: ResolvedNamespace, link: Link, addresses: readonly Address[], state: NamespaceState): Command[] {
  const device = linkArgument(link, state.links ?? []);
  const master = state.links?.find(({ name }) => name === link.master);
  return [
    ...(master ? [['link', 'set', 'dev', device, 'master', linkArgument(master, state.links ?? [])]] : []),
    ...addresses.filter(isConfigured).map((address) => addressArguments(address, device)),
    ...(link.up ? [['link', 'set', 'dev', device, 'up']] : []),
    ...configuredRoutes(state, link).map((route) => routeArguments('add', route)),
  ].map((args) => ({ place, args }));
}
