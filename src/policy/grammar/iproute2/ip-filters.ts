// What may follow the verbs of ip that show something: filters, and the flow that `route get` asks about.
import { no, type Place, type Term } from '../table.js';
import { ADDRESS, DEVICE, either, MARK, NAME_OR_NUMBER, number, oneOf, PORT, PREFIX, PREFIX_OR_DEFAULT, UINT32 } from '../values.js';
import { DEV, flag, MASTER, VRF } from './common.js';
import { LINK_KINDS } from './kinds.js';

const PROTOCOL: Term = { name: 'protocol', aliases: ['proto'], values: [NAME_OR_NUMBER] };
const TABLE: Term = { name: 'table', values: [NAME_OR_NUMBER] };
export const SCOPE: Term = { name: 'scope', values: [NAME_OR_NUMBER] };
const TO: Term = { name: 'to', values: [PREFIX_OR_DEFAULT] };
const FROM: Term = { name: 'from', values: [PREFIX_OR_DEFAULT] };
const device = (name: string, ...aliases: string[]): Term => ({ name, aliases, values: [DEVICE] });
const prefix = (name: string): Term => ({ name, values: [PREFIX_OR_DEFAULT], group: 'to' });

export const LINK_FILTER: readonly Term[] = [
  DEV,
  { name: 'group', values: [NAME_OR_NUMBER] },
  flag('up'),
  MASTER,
  VRF,
  flag('nomaster'),
  { name: 'type', values: [oneOf(LINK_KINDS)] },
];

// ip-address(8): flags of addresses. A leading dash, which negates them, is refused like any option there.
export const ADDRESS_FLAGS = [
  'secondary',
  'primary',
  'temporary',
  'nodad',
  'optimistic',
  'dadfailed',
  'home',
  'deprecated',
  'tentative',
  'permanent',
  'dynamic',
  'mngtmpaddr',
  'noprefixroute',
  'autojoin',
];

const ROUTE_TYPES = oneOf(['unicast', 'local', 'broadcast', 'multicast', 'anycast', 'blackhole', 'unreachable', 'prohibit', 'throw', 'nat']);

export const ROUTES: Place = {
  terms: [
    TABLE,
    VRF,
    flag('cached', 'cloned'),
    { name: 'tos', aliases: ['dsfield'], values: [NAME_OR_NUMBER] },
    PROTOCOL,
    SCOPE,
    { name: 'type', values: [ROUTE_TYPES] },
    device('dev', 'oif'),
    device('iif'),
    { name: 'via', values: [ADDRESS] },
    { name: 'src', values: [PREFIX] },
    FROM,
    { ...TO, group: 'to' },
    prefix('root'),
    prefix('match'),
    prefix('exact'),
  ],
  operands: [{ as: 'to' }],
};

export const ROUTE_GET: Place = {
  terms: [
    { name: 'to', values: [ADDRESS] },
    { name: 'from', values: [ADDRESS] },
    device('iif'),
    device('oif', 'dev'),
    VRF,
    { name: 'mark', values: [MARK] },
    { name: 'tos', aliases: ['dsfield'], values: [NAME_OR_NUMBER] },
    { name: 'uid', values: [UINT32] },
    { name: 'ipproto', values: [oneOf(['tcp', 'udp', 'icmp', 'ipv6-icmp', 'sctp', 'dccp'])] },
    { name: 'sport', values: [PORT] },
    { name: 'dport', values: [PORT] },
    flag('fibmatch'),
    no('notify', 'it sends a notification to every listener'),
  ],
  operands: [{ as: 'to' }],
};

export const RULES: Place = {
  terms: [
    { name: 'priority', aliases: ['preference', 'pref', 'order'], values: [UINT32] },
    { name: 'table', aliases: ['lookup'], values: [NAME_OR_NUMBER] },
    FROM,
    TO,
    { name: 'fwmark', values: [MARK] },
    device('iif', 'dev'),
    device('oif'),
    PROTOCOL,
  ],
  operands: [{ as: 'to' }],
};

const NEIGHBOUR_STATES = oneOf(['permanent', 'noarp', 'reachable', 'stale', 'none', 'incomplete', 'delay', 'probe', 'failed', 'all']);
export const NEIGHBOURS: Place = {
  terms: [DEV, { name: 'nud', values: [NEIGHBOUR_STATES], most: 8 }, TO, MASTER, VRF, flag('nomaster'), flag('proxy'), flag('unused'), PROTOCOL],
  operands: [{ as: 'to' }],
};

export const NEXTHOPS: Place = {
  terms: [{ name: 'id', values: [UINT32] }, DEV, MASTER, VRF, flag('groups'), flag('fdb'), { name: 'protocol', aliases: ['proto'], values: [UINT32] }],
};
export const ON_DEVICE: Place = { terms: [DEV], operands: [{ as: 'dev' }] };
export const ONLY_DEVICE: Place = { terms: [DEV] };
export const TUNNELS: Place = { terms: [{ name: 'name', values: [DEVICE] }], operands: [{ as: 'name' }] };
export const METRICS: Place = { terms: [{ name: 'address', aliases: ['addr'], values: [ADDRESS] }], operands: [{ as: 'address' }] };
export const MROUTES: Place = { terms: [TABLE, device('iif'), FROM, TO], operands: [{ as: 'to' }] };
export const NSIDS: Place = {
  terms: [
    { name: 'target-nsid', values: [number(0, 2_147_483_647)] },
    { name: 'nsid', values: [number(0, 2_147_483_647)] },
  ],
};
export const NEIGHBOUR_TABLES: Place = {
  terms: [
    { name: 'dev', values: [either(DEVICE, oneOf(['none']))] },
    { name: 'name', values: [oneOf(['arp_cache', 'ndisc_cache'])] },
  ],
};
