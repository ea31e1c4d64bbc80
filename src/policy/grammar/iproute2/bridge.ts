// The grammar of bridge: options, objects and verbs in the order of bridge/bridge.c and its objects (iproute2 6.1 and later), of which only reads are permitted.
import { no, none, type Program, type Term } from '../table.js';
import { DEVICE, MAC, number, oneOf } from '../values.js';
import { COLOR, changes, DEV, FROM_FILE, flag, HELP, MASTER, NEVER_ENDS, NO_HELP, OTHER_NAMESPACE, object, show } from './common.js';

const OPTIONS: readonly Term[] = [
  no('-help', NO_HELP),
  no('-Version', 'netns-mcp doctor shows the versions'),
  flag('-stats', '-statistics'),
  flag('-details'),
  flag('-oneline'),
  no('-timestamp', 'it belongs to monitor'),
  { name: '-family', values: [oneOf(['inet', 'inet6'])] },
  flag('-4'),
  flag('-6'),
  no('-netns', OTHER_NAMESPACE),
  COLOR,
  flag('-compressvlans'),
  no('-force', 'it belongs to -batch'),
  flag('-json'),
  flag('-pretty'),
  no('-batch', FROM_FILE),
];

const VID = number(0, 4094, 'a VLAN id');
const BRIDGE_LINK: Term = { name: 'br', values: [DEVICE] };
const PORT_LINK: Term = { name: 'dev', aliases: ['brport'], values: [DEVICE] };
const VLAN: Term = { name: 'vlan', values: [VID] };
const PORT_AND_VID = { terms: [DEV, { name: 'vid', values: [VID] }] };
const FDB_STATES = oneOf(['permanent', 'static', 'stale', 'reachable']);

const OBJECTS: readonly Term[] = [
  object('link', [...changes(['set', 'change'], 'set_link puts a link into a bridge'), show({ terms: [DEV, MASTER] }), HELP]),
  object('fdb', [
    ...changes(['add', 'append', 'replace', 'delete'], 'no tool does that'),
    { name: 'get', next: { terms: [{ name: 'to', values: [MAC] }, PORT_LINK, BRIDGE_LINK, VLAN], operands: [{ as: 'to' }] } },
    show({ terms: [PORT_LINK, BRIDGE_LINK, VLAN, { name: 'state', values: [FDB_STATES] }, flag('dynamic')] }),
    ...changes(['flush'], 'no tool does that'),
    HELP,
  ]),
  object('mdb', [...changes(['add', 'replace', 'delete'], 'no tool does that'), show(PORT_AND_VID), ...changes(['get', 'flush'], 'no tool does that'), HELP]),
  no('mst', 'it is not on the list'),
  object('vlan', [
    ...changes(['add', 'delete'], 'no tool does that'),
    show(PORT_AND_VID),
    { name: 'tunnelshow', next: PORT_AND_VID },
    ...changes(['set', 'global'], 'no tool does that'),
    HELP,
  ]),
  ...none(['vni'], 'it is not on the list'),
  no('monitor', NEVER_ENDS),
  HELP,
];

export const BRIDGE: Program = {
  name: 'bridge',
  package: 'iproute2',
  says: 'Shows bridge ports, the forwarding database, multicast groups and VLANs.',
  effect: 'read',
  place: { style: 'prefix', terms: [...OPTIONS, ...OBJECTS], needs: 'an object: link, fdb, mdb or vlan' },
};
