// Commands that bring back what a link had: its addresses, its routes, its place in a bridge.
import type { Command, ResolvedNamespace } from '../../model/change.js';
import { linkLocalOf } from '../../model/ip.js';
import type { Address, Link, NamespaceState, Route } from '../../model/snapshot.js';
import { linkArgument } from '../world.js';

/** False for what comes by itself: addresses that a router announced, and the link-local one that the kernel makes of the MAC when the link comes up. */
export function isConfigured(address: Address, link: Link): boolean {
  if (address.family === 'inet') return true;
  if (address.flags.includes('dynamic') || address.flags.includes('temporary')) return false;
  return link.mac === null || address.address !== `${linkLocalOf(link.mac)}/64`;
}

/** Addresses of a list that somebody configured, in the order in which they have to be added to come out in the order they had: the kernel puts a new IPv6 address first. */
export function configuredAddresses(addresses: readonly Address[], link: Link): Address[] {
  const kept = addresses.filter((address) => isConfigured(address, link));
  return [...kept.filter(({ family }) => family === 'inet'), ...kept.filter(({ family }) => family === 'inet6').reverse()];
}

/** An address in the words of ip-address(8): with a peer, the prefix length goes with the peer. */
export function addressWords(address: string, peer: string | null | undefined): string[] {
  const [local = '', length = ''] = address.split('/');
  return peer ? [local, 'peer', `${peer}/${length}`] : [address];
}

/** Arguments of `ip address VERB` for an address as it was (ip-address(8)). `replace` is content when it is there already. */
export function addressArguments(verb: 'add' | 'replace', address: Address, device: string): string[] {
  return [
    'address',
    verb,
    ...addressWords(address.address, address.peer),
    ...(address.broadcast ? ['broadcast', address.broadcast] : []),
    'dev',
    device,
    'scope',
    address.scope,
    // iproute2 takes only a label that begins with the name of the device.
    ...(address.label?.startsWith(device) ? ['label', address.label] : []),
    ...(address.metric === null ? [] : ['metric', String(address.metric)]),
    ...(address.valid_lft_s === null ? [] : ['valid_lft', String(address.valid_lft_s)]),
    ...(address.preferred_lft_s === null ? [] : ['preferred_lft', String(address.preferred_lft_s)]),
    ...(address.flags.includes('noprefixroute') ? ['noprefixroute'] : []),
  ];
}

const RESTORED_FLAGS = ['onlink', 'pervasive'];
/** Routes that lead nowhere. IPv6 shows them with the loopback as their device. */
const NOWHERE = ['blackhole', 'unreachable', 'prohibit', 'throw'];

/** Arguments of `ip route VERB` that name exactly this route (ip-route(8)). @param links Of its namespace. */
export function routeArguments(verb: 'add' | 'delete', route: Route, links: readonly Link[]): string[] {
  const destination = route.destination === 'default' && route.family === 'inet6' ? '::/0' : route.destination;
  const argumentOf = (device: string) => {
    const link = links.find(({ name }) => name === device);
    return link ? linkArgument(link, links) : device;
  };
  const hop = (via: string | null, device: string | null) => [
    ...(via ? ['via', ...(route.family === 'inet' && via.includes(':') ? ['inet6'] : []), via] : []),
    ...(device ? ['dev', argumentOf(device)] : []),
  ];
  return [
    'route',
    verb,
    ...(route.type === 'unicast' ? [] : [route.type]),
    destination,
    ...hop(route.via, NOWHERE.includes(route.type) ? null : route.device),
    'table',
    route.table,
    ...(route.metric === null ? [] : ['metric', String(route.metric)]),
    'proto',
    route.protocol,
    ...(verb === 'add' && route.source ? ['src', route.source] : []),
    ...(verb === 'add' && route.scope && route.family === 'inet' && !NOWHERE.includes(route.type) ? ['scope', route.scope] : []),
    ...route.flags.filter((flag) => verb === 'add' && RESTORED_FLAGS.includes(flag)),
    // iproute2 takes nothing else after the first of them.
    ...route.next_hops.flatMap(({ via, device, weight }) => ['nexthop', ...hop(via, device), 'weight', String(weight)]),
  ];
}

/** True when a route can be made again from what was read of it. */
export function isRestorable({ other_attributes = [] }: Route): boolean {
  return other_attributes.length === 0;
}

/** What the kernel makes by itself, and what comes from routers. */
const AUTOMATIC = ['kernel', 'ra', 'redirect'];

/** Those of some routes that somebody made, in an order in which they can be made again: first those that later next hops are reached by. */
export function configured(routes: readonly Route[]): Route[] {
  const isFar = ({ via, next_hops }: Route) => Number(via !== null || next_hops.some((hop) => hop.via !== null));
  return routes.filter(({ protocol }) => !AUTOMATIC.includes(protocol)).sort((a, b) => isFar(a) - isFar(b));
}

/** True when the route, or one of its next hops, goes through the link. */
export function isThrough({ device, next_hops }: Route, link: Link): boolean {
  return device === link.name || next_hops.some((hop) => hop.device === link.name);
}

/** Routes through a link that somebody made: the kernel's own come back with the addresses. */
export function configuredRoutes(state: NamespaceState, link: Link): Route[] {
  return configured((state.routes ?? []).filter((route) => isThrough(route, link)));
}

/** Those, and the ones that name an address of the link as their source: they go with the address, wherever they lead (fib_sync_down_addr). */
export function routesLostWith(state: NamespaceState, link: Link): Route[] {
  const own = (state.addresses ?? []).flatMap(({ link_index, family, address }) =>
    link_index === link.index && family === 'inet' ? [address.split('/')[0]] : [],
  );
  return configured((state.routes ?? []).filter((route) => isThrough(route, link) || own.includes(route.source ?? '')));
}

/** Commands that make addresses and routes of a link again, in this order. */
export function restored(place: ResolvedNamespace, link: Link, links: readonly Link[], addresses: readonly Address[], routes: readonly Route[]): Command[] {
  const device = linkArgument(link, links);
  return [
    ...(link.up ? [['link', 'set', 'dev', device, 'up']] : []),
    ...configuredAddresses(addresses, link).map((address) => addressArguments('replace', address, device)),
    ...routes.map((route) => routeArguments('add', route, links)),
  ].map((args) => ({ place, args }));
}

/** Brings a link back to what was read of it, once it is in its place again under its old name. */
export function restoreLink(place: ResolvedNamespace, link: Link, addresses: readonly Address[], state: NamespaceState): Command[] {
  const links = state.links ?? [];
  const master = links.find(({ name }) => name === link.master);
  return [
    ...(master ? [{ place, args: ['link', 'set', 'dev', linkArgument(link, links), 'master', linkArgument(master, links)] }] : []),
    ...restored(place, link, links, addresses, routesLostWith(state, link)),
  ];
}
