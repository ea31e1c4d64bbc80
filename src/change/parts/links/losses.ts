// What goes with a link: for a person to see before it goes.
import { routeText } from '../../../kernel/explain.js';
import type { Address, Link, NamespaceState, Route } from '../../../model/snapshot.js';
import { deviceSysctl, parseSysctlKey } from '../../../model/sysctls.js';
import type { ObjectName } from '../../objects/object.js';
import { OBJECT_KINDS } from '../../objects/table.js';

/** Addresses and routes, each a clause. */
export function tellLost(addresses: readonly Address[], routes: readonly Route[]): string[] {
  return [...addresses.map(({ address }) => `address ${address}`), ...routes.map((route) => `route ${routeText(route)}`)];
}

/** As `visible` (model/text.ts) writes what cannot be shown. */
const ESCAPE = /\\(?:x[0-9a-f]{2}|u\{[0-9a-f]+\}|[nt])/;

/** True for an alias that can be shown, and so given back, as it is: of others the Snapshot holds escapes, which cannot be told from such text. */
export function isAliasExact({ alias }: Pick<Link, 'alias'>): boolean {
  return alias === null || !ESCAPE.test(alias);
}

/** Links whose aliases undo gives back otherwise than they are, each a clause. */
export function tellAliases(links: readonly Link[]): string[] {
  return links
    .filter((link) => !isAliasExact(link))
    .map(({ name, alias }) => `the exact alias of ${name}: what cannot be shown in it comes back as the text of its escapes, ${alias}`);
}

/** What else hangs on a link; its port settings are told with its membership. */
const OTHERS: readonly ObjectName[] = ['nexthop', 'neighbour', 'fdb', 'vlan', 'shaping'];

/** Sysctls of a link that are not as those of a new link would be. The MTU of IPv6 goes with that of the link. */
function ownSysctls({ sysctls = {} }: NamespaceState, { name }: Link, defaults: Record<string, string>): string[] {
  return Object.entries(sysctls).flatMap(([key, value]) => {
    const parsed = parseSysctlKey(key);
    if (parsed?.device !== name || parsed.family === null || parsed.name === 'mtu') return [];
    const usual = defaults[deviceSysctl(parsed.family, 'default', parsed.name)];
    return usual === undefined || usual === value ? [] : [`sysctl ${key} = ${value}`];
  });
}

/** What hangs on a link besides addresses and routes, each a clause. @param defaults Sysctls of the namespace in which it would begin anew. */
export function tellHanging(state: NamespaceState, link: Link, defaults: Record<string, string> = state.sysctls ?? {}): string[] {
  return [
    ...(link.master === null ? [] : [`membership in ${link.master}${link.port === null ? '' : ', and its settings as a port'}`]),
    ...OTHERS.flatMap((name) => {
      const kind = OBJECT_KINDS[name];
      return kind ? kind.of(state).flatMap((object) => (kind.links(object).includes(link.name) ? [kind.tell(object)] : [])) : [];
    }),
    ...ownSysctls(state, link, defaults),
  ];
}
