// Links that stand on each other: what the kernel changes along with one of them.
import type { Link, NamespaceState, NextHop } from '../../../model/snapshot.js';
import type { Touch } from '../../operation.js';
import type { World } from '../../plan/world.js';

/** VLANs, macvlans and their like on a link, in its namespace, and what stands on those. A veth's peer only looks like one. */
export function uppersOf(world: World, reference: string, link: Link, seen: Set<number> = new Set([link.index])): Link[] {
  const uppers = world
    .links(reference)
    .filter(({ kind, peer, link_netnsid, index }) => kind !== 'veth' && peer === link.name && link_netnsid === null && !seen.has(index));
  for (const { index } of uppers) seen.add(index);
  return uppers.flatMap((upper) => [upper, ...uppersOf(world, reference, upper, seen)]);
}

/** The ports of a bridge, bond or VRF. */
export function portsOf(world: World, reference: string, { name }: Link): Link[] {
  return world.links(reference).filter(({ master }) => master === name);
}

/** The bridge, bond or VRF that it is a port of, and what that is a port of. */
function mastersOf(world: World, reference: string, link: Link, seen: Set<number> = new Set([link.index])): Link[] {
  const master = world.links(reference).find(({ name, index }) => name === link.master && !seen.has(index));
  if (!master) return [];
  seen.add(master.index);
  return [master, ...mastersOf(world, reference, master, seen)];
}

/** Next hop objects through a link: they go when it goes down, or loses its carrier. */
export function hopsThrough({ nexthops = [] }: NamespaceState, { name }: Link): NextHop[] {
  return nexthops.filter(({ device }) => device === name);
}

/** Groups of next hop objects with a member through a link: they lose it, and go with the last one. */
function groupsThrough(state: NamespaceState, link: Link): NextHop[] {
  const ids = hopsThrough(state, link).map(({ id }) => id);
  return (state.nexthops ?? []).filter(({ group }) => group.some((member) => ids.includes(member.id)));
}

/**
 * What takes part in a change of a link's state, MTU or MAC: what stands on it follows (vlan_device_event, net/8021q/vlan.c), and so does
 * what it is a port of, which has the least MTU and MAC of its ports (br_mtu_auto_adjust, br_stp_recalculate_bridge_id in net/bridge);
 * groups of next hop objects lose those that go with one of these.
 */
export function touchedAlong(world: World, reference: string, link: Link): Touch[] {
  const masters = mastersOf(world, reference, link);
  const others = [...masters, ...[link, ...masters].flatMap((each) => uppersOf(world, reference, each))];
  const groups = new Set([link, ...others].flatMap((each) => groupsThrough(world.state(reference), each)));
  return [
    ...[...new Set(others)].map(({ index }): Touch => ({ namespace: reference, link: `index:${index}` })),
    ...[...groups].map(({ id }): Touch => ({ namespace: reference, kind: 'nexthop', key: String(id) })),
  ];
}
