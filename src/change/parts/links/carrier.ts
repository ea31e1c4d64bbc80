// What gets or loses the carrier with a link: the other end of a veth. It gets a link-local address by that (addrconf_notify, net/ipv6/addrconf.c); the kernel flushes next hop objects there as it does here (nh_netdev_event, net/ipv4/nexthop.c).
import type { Link } from '../../../model/snapshot.js';
import { nextHopText } from '../../objects/nexthop.js';
import type { Touch } from '../../operation.js';
import type { World } from '../../plan/world.js';
import { tellLost } from './losses.js';
import { otherEndOf } from './peers.js';
import { hopsThrough, touchedAlong } from './stack.js';

export interface Opposite {
  namespace: string;
  link: Link;
}

/** The other end of a veth, wherever it is; null when it is no veth, or that namespace could not be opened. */
export function oppositeOf(world: World, reference: string, link: Link): Opposite | null {
  const other = link.kind === 'veth' && otherEndOf(world, reference, link);
  if (!other) return null;
  const namespace = link.link_netnsid === null ? reference : world.referenceOf(reference, link.link_netnsid);
  const peer = world.links(namespace).find(({ name }) => name === other.name);
  return peer ? { namespace, link: peer } : null;
}

/** The other ends of some veths, and what takes part in a change of their state. */
export function touchedOpposite(world: World, reference: string, links: readonly Link[]): Touch[] {
  return links.flatMap((each): Touch[] => {
    const opposite = oppositeOf(world, reference, each);
    return opposite ? [{ namespace: opposite.namespace, link: `index:${opposite.link.index}` }, ...touchedAlong(world, opposite.namespace, opposite.link)] : [];
  });
}

/** Next hop objects on the other end of a veth, and routes that refer to them, each a clause. */
export function tellOpposite(world: World, reference: string, link: Link): string[] {
  const opposite = oppositeOf(world, reference, link);
  if (!opposite) return [];
  const where = opposite.namespace === reference ? '' : ` in ${opposite.namespace}`;
  const state = world.state(opposite.namespace);
  const lost = hopsThrough(state, opposite.link);
  const routes = (state.routes ?? []).filter(({ nexthop_id }) => lost.some(({ id }) => id === nexthop_id));
  return [...lost.map((nextHop) => `next hop ${nextHopText(nextHop)}${where}`), ...tellLost([], routes).map((route) => `${route}${where}`)];
}
