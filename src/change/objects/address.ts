// Addresses of links (ip-address(8)), in the order in which they have to be added to come out in the order they had.
import { contains, linkLocalOf, parsePrefix } from '../../model/ip.js';
import { Address, type Link, type Route } from '../../model/objects.js';
import type { NamespaceState } from '../../model/snapshot.js';
import { linkArgument } from '../plan/world.js';
import { defineObject, type Words } from './object.js';

/** Flags that can be given, in the words of ip-address(8). */
const GIVEN_FLAGS = ['noprefixroute', 'nodad', 'home', 'autojoin', 'mngtmpaddr'];
/** Those and the lifetimes can be changed on an address that is there (inet_rtm_newaddr, inet6_rtm_newaddr). */
const CHANGEABLE = ['valid', 'preferred', 'metric', 'flags'];

/** Addresses of every loopback that is up (inetdev_event, add_addr of init_loopback). */
const LOOPBACK_ADDRESSES = ['127.0.0.1/8', '::1/128'];

/** True for what the kernel makes by itself when the link comes up: the link-local address made of the MAC, and those of the loopback. */
export function isAutomatic({ family, address }: Pick<Address, 'family' | 'address'>, { kind, mac }: Pick<Link, 'kind' | 'mac'>): boolean {
  if (kind === 'loopback') return LOOPBACK_ADDRESSES.includes(address);
  return family === 'inet6' && mac !== null && address === `${linkLocalOf(mac)}/64`;
}

/** True for what a router announced, and what the kernel made up for it: such addresses come by themselves. By hand one is given lifetimes rarely, and never an identifier made of the MAC. */
function isAnnounced({ family, flags, address }: Address, { mac }: Pick<Link, 'mac'>): boolean {
  if (family === 'inet') return false;
  if (['temporary', 'stable-privacy'].some((flag) => flags.includes(flag))) return true;
  const identifier = mac === null ? null : (linkLocalOf(mac)?.replace(/^fe80:/, '') ?? null);
  return flags.includes('dynamic') && (flags.includes('mngtmpaddr') || (identifier !== null && address.includes(identifier)));
}

/** False for what comes by itself. */
export function isConfigured(address: Address, link: Link): boolean {
  return !isAnnounced(address, link) && !isAutomatic(address, link);
}

/** In the order in which they have to be added: the kernel puts a new IPv4 address last (inet_insert_ifa), a new IPv6 one first (ipv6_link_dev_addr). */
function inMakingOrder(addresses: readonly Address[]): Address[] {
  return [...addresses.filter(({ family }) => family === 'inet'), ...addresses.filter(({ family }) => family === 'inet6').reverse()];
}

/** Addresses of a list that somebody configured, in the order in which they have to be added to come out in the order they had. */
export function configuredAddresses(addresses: readonly Address[], link: Link): Address[] {
  return inMakingOrder(addresses.filter((address) => isConfigured(address, link)));
}

/** An address in the words of ip-address(8): with a peer, the prefix length goes with the peer. */
export function addressWords(address: string, peer: string | null | undefined): string[] {
  const [local = '', length = ''] = address.split('/');
  return peer ? [local, 'peer', `${peer}/${length}`] : [address];
}

/** Arguments of `ip address VERB` for an address as it was (ip-address(8)). `replace` is content when it is there already. */
export function addressArguments(verb: 'add' | 'replace', address: Address, device: string): string[] {
  return [
    ...['address', verb],
    ...addressWords(address.address, address.peer),
    ...(address.broadcast ? ['broadcast', address.broadcast] : []),
    ...['dev', device, 'scope', address.scope],
    // iproute2 takes only a label that begins with the name of the device.
    ...(address.label?.startsWith(device) ? ['label', address.label] : []),
    ...(address.metric === null ? [] : ['metric', String(address.metric)]),
    ...(address.valid_lft_s === null ? [] : ['valid_lft', String(address.valid_lft_s)]),
    ...(address.preferred_lft_s === null ? [] : ['preferred_lft', String(address.preferred_lft_s)]),
    ...GIVEN_FLAGS.filter((flag) => address.flags.includes(flag)),
  ];
}

function isSecondary({ family, flags }: Address): boolean {
  return family === 'inet' && flags.includes('secondary');
}

/** A lifetime counts down: only what kind it is holds. */
function lasting(seconds: number | null): string {
  return seconds === null ? 'forever' : 'limited';
}

/** One that somebody has deprecated for good stays so; one that is to end is deprecated by itself before. */
function preference({ valid_lft_s, preferred_lft_s }: Address): string {
  return valid_lft_s === null && preferred_lft_s === 0 ? 'over' : lasting(preferred_lft_s);
}

function factsOf(address: Address) {
  const { broadcast, scope, flags, label, metric, valid_lft_s } = address;
  return {
    ...{ broadcast, scope, label, metric },
    secondary: isSecondary(address),
    flags: GIVEN_FLAGS.filter((flag) => flags.includes(flag)),
    valid: lasting(valid_lft_s),
    preferred: preference(address),
  };
}

function deviceOf({ link }: Address, links: readonly Link[]): { link: Link | undefined; device: string } {
  const found = links.find(({ name }) => name === link);
  return { link: found, device: found ? linkArgument(found, links) : link };
}

/** The route to the prefix of an IPv6 address with a lifetime: the kernel lets it expire by itself (check_cleanup_prefix_route, net/ipv6/addrconf.c). */
function routeLeftBy({ address, family, link, valid_lft_s }: Address, { routes = [], addresses = [] }: NamespaceState): Route | undefined {
  const prefix = parsePrefix(address);
  if (family !== 'inet6' || valid_lft_s === null || !prefix) return undefined;
  const isOf = (text: string) => {
    const other = parsePrefix(text);
    return other !== null && other.length === prefix.length && contains(prefix, other);
  };
  if (addresses.some((other) => other.link === link && other.address !== address && isOf(other.address))) return undefined;
  // Without a time it is seen to as a route of its own.
  return routes.find(({ protocol, device, destination, other_attributes = [] }) => {
    return protocol === 'kernel' && device === link && other_attributes.includes('expires') && isOf(destination);
  });
}

function removal(address: Address, state: NamespaceState): Words[] {
  const { links = [] } = state;
  const { link, device } = deviceOf(address, links);
  // It went with the link: IPv4 addresses alone stay on one that is down (inetdev_event, addrconf_ifdown).
  if (link && !link.up && address.family === 'inet6' && isAutomatic(address, link)) return [];
  const route = routeLeftBy(address, state);
  return [
    { args: ['address', 'delete', ...addressWords(address.address, address.peer), 'dev', device] },
    ...(route
      ? [{ args: ['route', 'delete', route.destination, 'dev', device, 'table', route.table, 'metric', String(route.metric), 'proto', 'kernel'] }]
      : []),
  ];
}

/** An address that the kernel makes itself counts as well: it is made of the MAC that the link had when it came up, not of the one it has. */
function addressesOf(state: NamespaceState): Address[] {
  const links = new Map((state.links ?? []).map((link) => [link.index, link]));
  return inMakingOrder(
    (state.addresses ?? []).filter((address) => {
      const link = links.get(address.link_index);
      return link !== undefined && !isAnnounced(address, link);
    }),
  );
}

export const addressKind = defineObject<Address>({
  name: 'address',
  section: 'addresses',
  schema: Address,
  of: addressesOf,
  key: ({ link, address, peer }) => `${link} ${addressWords(address, peer).join(' ')}`,
  links: ({ link }) => [link],
  facts: factsOf,
  sequence: (address) => `${address.link} ${address.family} ${address.scope}${isSecondary(address) ? ' secondary' : ''}`,
  isDerived(address, { links = [] }) {
    const { link } = deviceOf(address, links);
    return link !== undefined && isAutomatic(address, link);
  },
  tell: ({ link, address, peer }) => `address ${addressWords(address, peer).join(' ')} on ${link}`,
  add(address, { state }) {
    const { link, device } = deviceOf(address, state.links ?? []);
    // It comes when the link does.
    if (link && !link.up && isAutomatic(address, link)) return [];
    return [{ args: addressArguments('add', address, device) }];
  },
  remove: (address, { state }) => removal(address, state),
  change(from, to, { state }) {
    const links = state.links ?? [];
    const [was, shall] = [factsOf(from), factsOf(to)];
    const isSmall = Object.entries(shall).every(([fact, value]) => CHANGEABLE.includes(fact) || JSON.stringify(value) === JSON.stringify(Object.entries(was).find(([name]) => name === fact)?.[1])); // biome-ignore format: one thought
    const { device } = deviceOf(to, links);
    // The metric of an IPv6 address can be set, but not taken away (inet6_addr_modify).
    const losesMetric = to.family === 'inet6' && to.metric === null && from.metric !== null;
    return isSmall && !losesMetric
      ? [{ args: addressArguments('replace', to, device) }]
      : [...removal(from, state), { args: addressArguments('add', to, device) }];
  },
});
