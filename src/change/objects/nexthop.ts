// Next hop objects (ip-nexthop(8)): what tells one from another, and the words that make and remove it.
import { NextHop } from '../../model/objects.js';
import type { Link } from '../../model/snapshot.js';
import { linkArgument } from '../plan/world.js';
import { gatewayScaffold } from './gateway.js';
import { defineObject, type Words } from './object.js';

/** `ip nexthop VERB …`. A family has to be said where nothing else tells it. @param links Of its namespace. */
export function nextHopCommand(verb: 'add' | 'replace', nextHop: NextHop, links: readonly Link[]): Words {
  const { id, family, via, device, blackhole, group, fdb, protocol, flags } = nextHop;
  const link = links.find(({ name }) => name === device);
  const members = group.map((member) => (member.weight === 1 ? String(member.id) : `${member.id},${member.weight}`));
  return {
    args: [
      ...(family === 'inet6' && via === null ? ['-6'] : []),
      ...['nexthop', verb, 'id', String(id)],
      ...(group.length === 0 ? [] : ['group', members.join('/')]),
      ...(via === null ? [] : ['via', via]),
      ...(device === null ? [] : ['dev', link ? linkArgument(link, links) : device]),
      ...(blackhole ? ['blackhole'] : []),
      ...flags,
      ...(fdb ? ['fdb'] : []),
      ...(protocol === null ? [] : ['proto', protocol]),
    ],
  };
}

/** A next hop object in the manner of `ip nexthop`. */
export function nextHopText({ id, via, device, blackhole, group, flags }: NextHop): string {
  const members = group.map((member) => (member.weight === 1 ? String(member.id) : `${member.id},${member.weight}`)).join('/');
  return [
    `id ${id}`,
    ...(members === '' ? [] : [`group ${members}`]),
    ...(via === null ? [] : [`via ${via}`]),
    ...(device === null ? [] : [`dev ${device}`]),
    ...(blackhole ? ['blackhole'] : []),
    ...flags,
  ].join(' ');
}

/** Routing daemons keep theirs as they want them (rt_protos of iproute2). */
const DAEMONS = ['bird', 'zebra', 'bgp', 'ospf', 'isis', 'rip', 'eigrp', 'babel', 'openr', 'gated', 'mrt', 'xorp', 'ntk', 'dhcp', 'ra', 'kernel'];

export const nexthopKind = defineObject<NextHop>({
  name: 'nexthop',
  section: 'nexthops',
  schema: NextHop,
  // A group comes after its members.
  of: ({ nexthops = [] }) =>
    nexthops.filter(({ protocol }) => protocol === null || !DAEMONS.includes(protocol)).sort((a, b) => Number(a.group.length > 0) - Number(b.group.length > 0)),
  key: ({ id }) => String(id),
  links: ({ device }) => (device === null ? [] : [device]),
  facts: ({ id: _, ...facts }) => facts,
  lacks: ({ other_attributes = [] }) => (other_attributes.length === 0 ? null : `its ${other_attributes.join(', ')} cannot be written`),
  tell: (nextHop) => `next hop ${nextHopText(nextHop)}`,
  add: (nextHop, { state }) => [nextHopCommand('add', nextHop, state.links ?? [])],
  scaffold: ({ via, device }, site) => gatewayScaffold(via?.includes(':') ? 'inet6' : 'inet', [{ via, device }], site),
  remove: ({ id }) => [{ args: ['nexthop', 'delete', 'id', String(id)] }],
  // A group cannot be replaced by a single one, nor the other way round (replace_nexthop, net/ipv4/nexthop.c).
  change(from, to, { state }) {
    const links = state.links ?? [];
    if (from.group.length > 0 === to.group.length > 0) return [nextHopCommand('replace', to, links)];
    return [{ args: ['nexthop', 'delete', 'id', String(from.id)] }, nextHopCommand('add', to, links)];
  },
});
