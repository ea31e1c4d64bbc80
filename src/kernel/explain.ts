// What links, the ids in them, and routes mean, in plain words: pure functions of what was read.
import type { Link, Route } from '../model/snapshot.js';

/** How a person would say where the other end of a link lives. `nsidName` is the name of `link_netnsid`, where it has one. */
export function otherEnd(link: Link, nsidName: string | null): string | null {
  if (link.peer !== null) return `${link.peer}, in the same namespace`;
  if (link.peer_index === null) return null;
  if (link.link_netnsid === null) return `index ${link.peer_index}`;
  const where = nsidName === null ? `the namespace with id ${link.link_netnsid}` : `namespace ${nsidName}`;
  return `index ${link.peer_index} in ${where}`;
}

/**
 * Why a link that is up carries nothing; null when nothing needs saying. A veth has carrier only while both ends are up.
 * Kernels say LOWERLAYERDOWN for that; newer ones do so only while the peer's index also is that of a link without carrier in this
 * link's own namespace, and DOWN else (default_operstate, net/core/link_watch.c). NO-CARRIER holds on all of them.
 */
export function carrierNote(link: Link, nsidName: string | null): string | null {
  if (!link.up || !link.flags.includes('NO-CARRIER') || isSettling(link)) return null;
  if (link.kind !== 'veth') return `${link.name} is up, but has no carrier.`;
  return `${link.name} is up, but its other end (${otherEnd(link, nsidName) ?? 'unknown'}) is down: state ${link.operstate}, no carrier. Bring that end up.`;
}

/**
 * It has got or lost its carrier, but the kernel has not yet told so: it works such news off a little later (linkwatch, net/core/link_watch.c).
 * LOWER_UP is the carrier as it is, NO-CARRIER as it is told (`print_link_flags` of ip(8)).
 */
export function isSettling({ flags, up }: Link): boolean {
  return up && flags.includes('NO-CARRIER') === flags.includes('LOWER_UP');
}

/** A route as `ip route show` writes it: `10.0.0.0/8 via 10.0.0.1 dev eth0 metric 5`. */
export function routeText({
  type = 'unicast',
  destination,
  via,
  device,
  next_hops = [],
  source = null,
  metric = null,
  table = 'main',
}: Pick<Route, 'destination' | 'via' | 'device'> & Partial<Route>): string {
  return [
    ...(type === 'unicast' ? [] : [type]),
    destination,
    ...(via ? ['via', via] : []),
    ...(device ? ['dev', device] : []),
    ...next_hops.map((hop) => ['nexthop', ...(hop.via ? ['via', hop.via] : []), ...(hop.device ? ['dev', hop.device] : [])].join(' ')),
    ...(source ? ['src', source] : []),
    ...(metric === null ? [] : ['metric', String(metric)]),
    ...(table === 'main' ? [] : ['table', table]),
  ].join(' ');
}
