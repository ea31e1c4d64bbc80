// Random lists of operations that find something to work on in the busy world.
import fc from 'fast-check';
import { OPERATIONS } from '../../../src/change/operations/table.js';
import { LINK_KINDS, type LinkKindName } from '../../../src/model/kinds/table.js';
import { SAMPLES } from '../../model/kind-samples.js';
import type { Wanted } from '../../support/rooms.js';
import { type Hints, inputOf } from './arbitrary.js';

const NAMESPACE = fc.constantFrom('host', 'n1', 'n2', 'n1', 'n2', 'n3', 'made');
const LINK = fc.constantFrom('p0', 'p0', 'p1', 'br0', 'eth0', 'v1', 'v2', 'new0', 'new1', 'lo');
const NEW_LINK = fc.constantFrom('new0', 'new1', 'new2', 'p1');
const MAC = fc.constantFrom('02:00:00:aa:00:01', '02:00:00:aa:00:02', '02:00:00:00:00:88', '02:00:00:00:00:99');
const CIDR = fc.constantFrom(
  '10.1.0.1/24',
  '10.2.0.7/24',
  '10.3.1.1/24',
  '10.77.0.1/24',
  '10.77.0.2/24',
  '10.78.0.1/32',
  'fd00:1::1/64',
  'fd77::1/64',
  '10.50.0.254/24',
);
const ADDRESS = fc.constantFrom('10.1.0.20', '10.2.0.21', '10.2.0.99', '10.1.0.9', '10.3.0.9', '10.2.1.9', 'fd00:2::9', 'fd00:1::9');
const DESTINATION = fc.constantFrom(
  '10.200.0.0/16',
  '10.201.0.0/16',
  '10.202.0.0/16',
  '10.204.0.0/16',
  '10.88.0.0/16',
  'fd0e::/64',
  'fd88::/64',
  '10.203.0.0/16',
);
const PREFIX = fc.constantFrom('10.9.0.0/16', '10.8.0.0/16', '192.0.2.0/24', 'fd09::/64', '10.99.0.0/24');
const TABLE = fc.constantFrom<string | number>('main', 100, 100, 77);
const SYSCTL = fc.constantFrom(
  ...['net.ipv4.ip_forward', 'net.ipv4.conf.p0.rp_filter', 'net.ipv4.conf.p0.proxy_arp', 'net.ipv4.conf.all.arp_ignore', 'net.ipv4.conf.br0.forwarding'],
  ...['net.ipv6.conf.all.forwarding', 'net.ipv6.conf.p0.disable_ipv6', 'net.ipv6.conf.p1.accept_ra', 'net.ipv4.conf.all.promote_secondaries'],
);

const HINTS: Hints = {
  namespace: NAMESPACE,
  from: NAMESPACE,
  to: NAMESPACE,
  link: LINK,
  device: LINK,
  tunnel: LINK,
  in_link: LINK,
  out_link: LINK,
  iif: LINK,
  oif: LINK,
  bridge: fc.constantFrom('br0', 'br0', null),
  master: fc.constantFrom('br0', 'br0', null),
  name: NEW_LINK,
  new_name: NEW_LINK,
  mac: MAC,
  addresses: fc.array(CIDR, { maxLength: 2 }),
  address: ADDRESS,
  destination: DESTINATION,
  source: PREFIX,
  via: ADDRESS,
  table: TABLE,
  peer: ADDRESS,
  id: fc.constantFrom(1, 1, 7, 8),
  nexthop_id: fc.constantFrom(1, 7),
  altname: fc.constantFrom('uplink', 'another-name'),
  rule: fc.constantFrom('allow-00000000', 'drop-00000000'),
  priority: fc.constantFrom(900, 1000, 1000, 500),
  protocol: fc.constantFrom('tcp', 'udp'),
  force: fc.constantFrom(true, true, false),
  key: SYSCTL,
  value: fc.constantFrom(0, 1, 1, 2),
  mtu: fc.constantFrom(1280, 1400, 1500, 9000, 576),
  vlan: fc.constantFrom(1, 10),
  vni: fc.constantFrom(10),
  label: fc.constantFrom('p0:x', 'p0:y'),
  group: fc.constantFrom('7', 'default'),
  alias: fc.constantFrom('', 'other words'),
  settings: fc.constantFrom({ stp_state: true }, { ageing_time_s: 20 }),
  broadcast: fc.constant('10.77.0.255'),
  'create_namespace.name': fc.constantFrom('made', 'made', 'n1'),
  'delete_namespace.namespace': fc.constantFrom('n1', 'n2', 'n3', 'n3', 'made'),
  'add_address.address': CIDR,
  'replace_address.address': CIDR,
  'delete_address.address': CIDR,
  'delete_address.link': fc.constantFrom('p0', 'p0', 'br0', 'eth0'),
  'add_fdb.via': LINK,
  'add_fdb.destination': ADDRESS,
  'delete_fdb.destination': ADDRESS,
  'add_rule.from': PREFIX,
  'add_rule.to': PREFIX,
  'delete_rule.from': PREFIX,
  'delete_rule.to': PREFIX,
  'add_nexthop.group': fc.constant([{ id: 1 }]),
  'apply_ruleset.ruleset': fc.constantFrom(
    'table inet mine { chain c { type filter hook input priority 20; policy accept; tcp dport 80 accept; }; }',
    'table inet theirs { chain input { udp dport 53 accept; }; }',
    'table ip mine { set s { type ipv4_addr; elements = { 10.0.0.1, 10.0.0.2 }; }; }',
  ),
  'allow.destination': PREFIX,
  'drop.destination': PREFIX,
  'reject.destination': PREFIX,
  to_address: ADDRESS,
  endpoint: fc.constant({ address: '192.0.2.1', port: 51820 }),
  allow_destinations: fc.array(PREFIX, { maxLength: 1 }),
  features: fc.constantFrom({ tso: false }, { gro: true }, { gso: false, tso: false }),
  rate_bits: fc.constantFrom(1_000_000, 8_000_000),
  classes: fc.constant([{ id: '10', rate_bits: 1_000_000 }]),
  nameservers: fc.array(ADDRESS, { maxLength: 2 }),
  search: fc.array(fc.constantFrom('example.org', 'lab.test'), { maxLength: 1 }),
  options: fc.array(fc.constant('ndots:2'), { maxLength: 1 }),
};

/** Kinds of links that this kernel has, and those that it has not and refuses. */
const LINK_KIND_NAMES = Object.keys(LINK_KINDS) as LinkKindName[];
const SUPPORTED: readonly LinkKindName[] = ['bridge', 'macvlan', 'macvtap', 'vxlan', 'ifb', 'tun', 'tap'];

const createLink = fc.constantFrom(...SUPPORTED, ...SUPPORTED, ...SUPPORTED, ...LINK_KIND_NAMES).chain((kind) => {
  const { bare, full, needsLower } = SAMPLES[kind];
  return fc.record({
    op: fc.constant('create_link'),
    input: fc
      .record({ namespace: NAMESPACE, name: NEW_LINK, settings: fc.constantFrom(bare, ...full), link: fc.constantFrom('p0', 'eth0', 'br0'), up: fc.boolean() })
      .map(({ settings, link, ...rest }) => ({ ...rest, kind, ...settings, ...(needsLower ? { link } : {}) })),
  });
});

const veth = inputOf('create_veth_pair', OPERATIONS.find(({ name }) => name === 'create_veth_pair')?.input ?? fail(), HINTS);

function fail(): never {
  throw new Error('create_veth_pair is not among the operations');
}

/** The ends of a pair seldom have the same name. */
const createVethPair = veth.map((input) => ({
  op: 'create_veth_pair',
  input: { ...input, b: { ...(input['b'] as object), name: 'new1' }, a: { ...(input['a'] as object), name: 'new0' } },
}));

/** The furnished namespaces, with the number that is in their addresses. */
const FURNISHED = fc.constantFrom<[string, number]>(['host', 1], ['n1', 2], ['n2', 3]);

/** Inputs whose fields have to fit each other, too: by chance alone they seldom do. */
const FITTING: Readonly<Record<string, (namespace: string, n: number) => Record<string, unknown>[]>> = {
  add_route: (namespace, n) => [
    { namespace, destination: '10.88.0.0/16', via: `10.${n}.0.9` },
    { namespace, destination: 'fd88::/64', via: `fd00:${n}::9`, metric: 50 },
    { namespace, destination: '10.89.0.0/16', next_hops: [{ via: `10.${n}.0.9` }, { via: `10.${n}.1.9`, weight: 2 }] },
    { namespace, destination: '10.90.0.0/16', type: 'unreachable', table: 77 },
  ],
  replace_route: (namespace, n) => [
    { namespace, destination: '10.200.0.0/16', via: `10.${n}.1.9`, metric: 5 },
    { namespace, destination: 'fd0e::/64', via: `fd00:${n}::8` },
  ],
  delete_route: (namespace) => [
    { namespace, destination: '10.201.0.0/16' },
    { namespace, destination: 'fd0e::/64' },
  ],
  add_nexthop: (namespace, n) => [
    { namespace, id: 7, via: `10.${n}.0.8` },
    { namespace, id: 1, via: `10.${n}.0.7`, device: 'p0', replace: true },
    { namespace, id: 8, group: [{ id: 1 }] },
  ],
  delete_nexthop: (namespace) => [{ namespace, id: 1 }],
  delete_address: (namespace, n) => [
    { namespace, link: 'p0', address: `10.${n}.0.1/24` },
    { namespace, link: 'p0', address: `10.${n}.0.7/24` },
    { namespace, link: 'p0', address: `fd00:${n}::1/64` },
    { namespace, link: 'p0', address: `172.16.${n}.1/32`, peer: `172.16.${n}.2` },
  ],
  replace_address: (namespace, n) => [{ namespace, link: 'p0', address: `10.${n}.1.1/24`, metric: 70 }],
  delete_rule: (namespace) => [
    { namespace, priority: 1000, family: 'inet' },
    { namespace, from: 'fd09::/64', table: 100 },
  ],
  delete_neighbour: (namespace, n) => [
    { namespace, link: 'p0', address: `10.${n}.0.20` },
    { namespace, link: 'p0', address: `10.${n}.0.21`, proxy: true },
  ],
  delete_fdb: (namespace) => [
    { namespace, link: 'br0', mac: '02:00:00:00:00:88' },
    { namespace, link: 'br0', mac: '02:00:00:00:00:88', table: 'self' },
  ],
  add_fdb: (namespace) => [{ namespace, link: 'br0', mac: '02:00:00:00:00:66' }],
  delete_altname: (namespace) => [{ namespace, link: 'p0', altname: 'uplink' }],
  set_bridge_port: () => [
    { link: 'v1', cost: 10, hairpin: true },
    { link: 'v2', isolated: true, learning: false },
  ],
  set_rate_limit: (namespace) => [{ namespace, link: 'p0', rate_bits: 1_000_000 }],
  clear_shaping: (namespace) => [{ namespace, link: 'p1' }],
  set_sysctl: (namespace) => [
    { namespace, key: 'net.ipv4.ip_forward', value: 1 },
    { namespace, key: 'net.ipv6.conf.p0.disable_ipv6', value: 1 },
  ],
  move_link: (namespace) => [
    { link: 'p1', from: namespace, to: 'n3' },
    { link: 'p0', from: namespace, to: 'n3', new_name: 'new2', keep_addresses: true, up: true },
  ],
  set_link: (namespace) => [
    { namespace, link: 'p0', up: false },
    { namespace, link: 'p1', bridge: 'br0' },
    { namespace, link: 'p0', new_name: 'new1', mtu: 1400 },
  ],
  delete_link: (namespace) => [
    { namespace, link: 'p0' },
    { namespace, link: 'br0' },
  ],
  delete_namespace: () => [{ namespace: 'n3', force: true }],
};

function operationsOf(name: string, input: (typeof OPERATIONS)[number]['input']): fc.Arbitrary<Wanted> {
  const derived = inputOf(name, input, HINTS);
  const fitting = FITTING[name];
  const inputs = fitting
    ? fc.oneof(
        derived,
        FURNISHED.chain(([namespace, n]) => fc.constantFrom(...fitting(namespace, n))),
      )
    : derived;
  return inputs.map((made) => ({ op: name, input: made }));
}

const OTHERS = OPERATIONS.filter(({ name }) => !['create_link', 'create_veth_pair'].includes(name));
const OPERATION: fc.Arbitrary<Wanted> = fc.oneof(
  { arbitrary: createLink, weight: 5 },
  { arbitrary: createVethPair, weight: 2 },
  ...OTHERS.map(({ name, input }) => operationsOf(name, input)),
);

/** Those that the operation's own schema takes. */
const VALID = OPERATION.filter(({ op, input }) => OPERATIONS.find(({ name }) => name === op)?.input.safeParse(input).success ?? false);

/** What an operation counts as: links that are made count by their kind. */
export function kindOf({ op, input }: Wanted): string {
  return op === 'create_link' ? `create_link ${String(input['kind'])}` : op;
}

/** Lists of operations. */
export const SEQUENCES = fc.array(VALID, { minLength: 4, maxLength: 12, size: 'max' });
