// What follows in the kernel from setting a sysctl: other sysctls, addresses and routes.
import { routeText } from '../../../kernel/explain.js';
import type { Link, NamespaceState, Route } from '../../../model/snapshot.js';
import { parseSysctlKey, sysctlFollowers } from '../../../model/sysctls.js';
import { isAutomatic } from '../../objects/address.js';
import { isThrough } from '../../objects/route.js';
import type { Foreseen } from '../../plan/foreseen.js';

/** True when IPv6 goes from links with it: their addresses and routes with it. */
export function takesIpv6(key: string, value: string): boolean {
  const parsed = parseSysctlKey(key);
  return parsed?.name === 'disable_ipv6' && parsed.every !== 'default' && value !== '0';
}

/** Links whose IPv6 is switched by a key. */
export function linksSwitched(key: string, links: readonly Link[]): Link[] {
  const parsed = parseSysctlKey(key);
  if (parsed?.name !== 'disable_ipv6' || parsed.every === 'default') return [];
  return parsed.every === 'all' ? [...links] : links.filter(({ name }) => name === parsed.device);
}

/** Sysctls that the kernel sets along, and to what. */
function setAlong(state: NamespaceState, key: string, value: string): Record<string, string> {
  const { sysctls = {}, links = [], addresses = [] } = state;
  const formerly = sysctls[key];
  // The kernel looks at nothing that stays as it is.
  if (formerly === value) return {};
  const hasAddress = (device: string | null) =>
    addresses.some(({ family, link_index }) => family === 'inet' && links.some(({ name, index }) => name === device && index === link_index));
  const followers = sysctlFollowers(key, Object.keys(sysctls)).flatMap((follower) => {
    if (follower.endsWith('.accept_redirects')) return [[follower, value === '0' ? '1' : '0'] as const];
    const { every, family } = parseSysctlKey(key) ?? {};
    const { device = null } = parseSysctlKey(follower) ?? {};
    const stays = every === 'default' && family === 'ipv4' && (sysctls[follower] !== formerly || hasAddress(device));
    return stays ? [] : [[follower, value] as const];
  });
  return Object.fromEntries(followers);
}

/** Default routes that routers announced: a router does not heed such (rt6_purge_dflt_routers, net/ipv6/route.c). */
function announcedDefaults({ routes = [] }: NamespaceState): Route[] {
  return routes.filter(({ family, protocol, destination }) => family === 'inet6' && protocol === 'ra' && destination === 'default');
}

function makesRouter(key: string, value: string): boolean {
  const parsed = parseSysctlKey(key);
  return parsed?.family === 'ipv6' && parsed.name === 'forwarding' && parsed.every !== 'default' && value !== '0';
}

/** What is lost, for a person. */
export function sysctlLosses(state: NamespaceState, key: string, value: string): string[] {
  const { sysctls = {}, links = [], addresses = [], routes = [] } = state;
  const along = setAlong(state, key, value);
  const switched = takesIpv6(key, value) ? linksSwitched(key, links) : [];
  return [
    ...Object.keys(along)
      .filter((follower) => sysctls[follower] !== along[follower] && sysctls[follower] !== sysctls[key] && !follower.endsWith('.accept_redirects'))
      .map((follower) => `${follower} = ${sysctls[follower]}`),
    ...switched.flatMap((link) => [
      ...addresses
        .filter((address) => address.family === 'inet6' && address.link_index === link.index && !isAutomatic(address, link))
        .map(({ address }) => `address ${address} of ${link.name}`),
      ...routes
        .filter((route) => route.family === 'inet6' && route.protocol !== 'kernel' && isThrough(route, link))
        .map((route) => `route ${routeText(route)}`),
    ]),
    ...(makesRouter(key, value) ? announcedDefaults(state).map((route) => `the announced route ${routeText(route)}`) : []),
  ];
}

/** Puts a sysctl and what follows into a foreseen world. */
export function foreseeSysctl(foreseen: Foreseen, namespace: string, key: string, value: string): void {
  const state = foreseen.state(namespace);
  for (const [follower, to] of Object.entries({ ...setAlong(state, key, value), [key]: value })) foreseen.set(namespace, 'sysctls', follower, to);
  if (makesRouter(key, value)) foreseen.drop(namespace, 'routes', (route) => announcedDefaults(state).includes(route));
  if (!takesIpv6(key, value)) return;
  for (const link of linksSwitched(key, state.links ?? [])) {
    foreseen.drop(namespace, 'addresses', ({ family, link_index }) => family === 'inet6' && link_index === link.index);
    foreseen.drop(namespace, 'routes', (route) => route.family === 'inet6' && isThrough(route, link));
    foreseen.drop(namespace, 'nexthops', ({ family, device }) => family === 'inet6' && device === link.name);
    foreseen.drop(namespace, 'neighbours', ({ device, address }) => device === link.name && address.includes(':'));
  }
}
