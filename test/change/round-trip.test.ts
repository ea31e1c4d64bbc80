// Every operation there and back: a dry run changes nothing, the call does what it said, a second one nothing, undo restores, and by hand it is the same.
import { describe } from 'vitest';
import { expect, test } from '../support/fixture.js';

interface Scenario {
  title: string;
  /** Lines for a shell that make the world. */
  world: string;
  operation: string;
  input: Record<string, unknown>;
  loses?: string[];
  /** Undo must bring everything back, to the letter. */
  undoable?: false;
  /** It takes the default route of the host: it has to be armed. */
  cuts?: true;
  /** What undo makes anew has other random MACs. */
  masked?: true;
}

const PAIR = 'ip link add name ea address 02:00:00:00:00:0a type veth peer name eb address 02:00:00:00:00:0b';
const ADDRESSED = `${PAIR}; ip link set dev ea up; ip link set dev eb up
ip address add 10.0.0.1/24 dev ea; ip address add 10.0.1.1/24 broadcast + dev ea; ip address add 10.0.0.7/24 dev ea
ip address add 10.5.0.1 peer 10.5.0.2/24 dev ea; ip address add 10.6.0.1/24 dev ea label ea:1 metric 55; ip address add 10.8.0.1/24 dev ea noprefixroute
ip address add fd00::1/64 dev ea; ip address add fe80::77/64 dev ea; ip address add fd00:1::1/64 dev ea noprefixroute`;
const ROUTED = `${ADDRESSED}
ip route add 10.20.0.0/16 dev ea scope link; ip route add 10.21.0.0/16 via 10.0.0.9; ip route add default via 10.20.0.1
ip route add 10.22.0.0/16 via 10.0.1.9 src 10.0.0.1 metric 7; ip route add 10.23.0.0/16 dev eb src 10.0.0.1; ip route add 10.24.0.0/16 via 10.0.0.9 table 100
ip route add 10.25.0.0/16 nexthop via 10.0.0.9 nexthop via 10.0.1.9 weight 3
ip -6 route add default via fd00::9; ip -6 route add fd07::/64 dev ea metric 9; ip -6 route add unreachable fd08::/64`;
const TARGET = 'ip netns add ns1';

const SCENARIOS: Scenario[] = [
  { title: 'create_namespace', world: '', operation: 'create_namespace', input: { name: 'ns1' }, masked: true },
  {
    title: 'create_veth_pair in one namespace',
    world: '',
    operation: 'create_veth_pair',
    input: {
      a: { name: 'va', addresses: ['10.0.0.1/24', 'fd00::1/64'], up: true, mac: '02:00:00:00:00:01' },
      b: { name: 'vb', mac: '02:00:00:00:00:02' },
      mtu: 1400,
    },
    masked: true,
  },
  {
    title: 'create_veth_pair across namespaces',
    world: `${TARGET}; ip netns add ns2`,
    operation: 'create_veth_pair',
    input: {
      a: { name: 'same', namespace: 'ns1', addresses: ['10.0.0.1/24'], up: true },
      b: { name: 'same', namespace: 'ns2', addresses: ['10.0.0.2/24'], up: true },
    },
    masked: true,
  },
  { title: 'set_link up', world: PAIR, operation: 'set_link', input: { link: 'ea', up: true } },
  {
    title: 'set_link up of a link that has IPv6 addresses already',
    world: `${PAIR}; ip address add fd00::1/64 dev ea`,
    operation: 'set_link',
    input: { link: 'ea', up: true },
  },
  {
    title: 'set_link down',
    cuts: true,
    world: ROUTED,
    operation: 'set_link',
    input: { link: 'ea', up: false },
    loses: ['route 10.21.0.0/16 via 10.0.0.9 dev ea', 'route default via 10.20.0.1 dev ea', 'address fd00::1/64', 'address fe80::77/64'],
  },
  {
    title: 'set_link of everything at once',
    world: `${ADDRESSED}; ip link add name br0 address 02:00:00:00:00:bb type bridge`,
    operation: 'set_link',
    input: { link: 'ea', up: false, mtu: 1400, mac: '02:00:00:00:00:99', new_name: 'neu', alias: 'the uplink', bridge: 'br0' },
    loses: ['the labels of its IPv4 addresses'],
  },
  {
    title: 'set_link of all that can be taken back',
    world: `${PAIR}; ip link set dev ea up; ip address add 10.0.0.1/24 dev ea; ip address add fd00::1/64 dev ea; ip link add name br0 address 02:00:00:00:00:bb type bridge`,
    operation: 'set_link',
    input: { link: 'ea', up: false, mtu: 1400, mac: '02:00:00:00:00:99', new_name: 'neu', alias: 'the uplink', bridge: 'br0' },
  },
  {
    title: 'set_link with an MTU too small for IPv6',
    cuts: true,
    world: ROUTED,
    operation: 'set_link',
    input: { link: 'ea', mtu: 1000 },
    loses: ['address fd00::1/64'],
  },
  {
    title: 'set_link out of a bridge',
    world: `${PAIR}; ip link add name br0 address 02:00:00:00:00:bb type bridge; ip link set dev ea master br0`,
    operation: 'set_link',
    input: { link: 'ea', bridge: null },
    loses: ['membership in br0'],
  },
  { title: 'set_link removes an alias', world: `${PAIR}; ip link set dev ea alias 'old words'`, operation: 'set_link', input: { link: 'ea', alias: '' } },
  {
    title: 'move_link',
    cuts: true,
    world: `${TARGET}; ${ROUTED}`,
    operation: 'move_link',
    input: { link: 'ea', to: 'ns1' },
    loses: ['address 10.0.0.1/24', 'address fd00::1/64', 'address fe80::77/64', 'route default via 10.20.0.1 dev ea', 'the up state: it arrives down'],
  },
  { title: 'move_link with a new name', world: `${TARGET}; ${PAIR}`, operation: 'move_link', input: { link: 'ea', to: 'ns1', new_name: 'eth0' } },
  {
    title: 'move_link out of a bridge, with its addresses',
    world: `${TARGET}; ${ADDRESSED}; ip link add name br0 address 02:00:00:00:00:bb type bridge; ip link set dev ea master br0`,
    operation: 'move_link',
    input: { link: 'ea', to: 'ns1', keep_addresses: true, up: true },
    loses: ['membership in br0, and its settings as a port'],
  },
  { title: 'add_address', world: PAIR, operation: 'add_address', input: { link: 'ea', address: '10.0.0.1/24', scope: 'link' } },
  { title: 'add_address IPv6', world: `${PAIR}; ip link set dev ea up`, operation: 'add_address', input: { link: 'ea', address: 'FD00:0::1/64' } },
  { title: 'add_address with a peer', world: PAIR, operation: 'add_address', input: { link: 'ea', address: '10.0.0.1/32', peer: '10.0.0.2' } },
  {
    title: 'delete_address that routes depend on',
    world: `${ROUTED}; ip address delete 10.0.0.7/24 dev ea; ip route add 10.26.0.0/16 dev eb src 10.8.0.1; ip route add 10.27.0.0/16 via 10.0.1.9 src 10.8.0.1`,
    operation: 'delete_address',
    input: { link: 'ea', address: '10.8.0.1/24' },
    loses: ['route 10.26.0.0/16 dev eb src 10.8.0.1', 'route 10.27.0.0/16 via 10.0.1.9 dev ea src 10.8.0.1'],
  },
  {
    title: 'delete_address of the first one',
    world: `${PAIR}; ip address add 10.0.0.1/24 dev ea; ip address add 10.0.1.1/24 dev ea`,
    operation: 'delete_address',
    input: { link: 'ea', address: '10.0.0.1/24' },
  },
  {
    title: 'delete_address of the last one',
    cuts: true,
    world: `${PAIR}; ip link set dev ea up; ip link set dev eb up; ip address add 10.0.0.1/24 dev ea; ip route add default via 10.0.0.9; ip route add 10.9.0.0/16 dev ea`,
    operation: 'delete_address',
    input: { link: 'ea', address: '10.0.0.1/24' },
    loses: ['route 10.9.0.0/16 dev ea', 'route default via 10.0.0.9 dev ea'],
  },
  {
    title: 'delete_address with secondaries',
    world: ADDRESSED,
    operation: 'delete_address',
    input: { link: 'ea', address: '10.0.0.1/24' },
    loses: ['secondary address 10.0.0.7/24, unless promote_secondaries is set'],
  },
  {
    title: 'delete_address with a peer',
    world: `${PAIR}; ip address add 10.0.0.1/24 dev ea; ip address add 10.5.0.1 peer 10.5.0.2/24 dev ea`,
    operation: 'delete_address',
    input: { link: 'ea', address: '10.5.0.1/24', peer: '10.5.0.2' },
  },
  { title: 'add_route', world: ADDRESSED, operation: 'add_route', input: { destination: '10.9.0.0/16', via: '10.0.0.9', metric: 5, table: 100 } },
  {
    title: 'add_route IPv6 beside one of another metric',
    world: `${ADDRESSED}; ip -6 route add fd09::/64 via fd00::8 metric 10`,
    operation: 'add_route',
    input: { destination: 'fd09::/64', via: 'fd00::9' },
  },
  { title: 'add_route default', world: ADDRESSED, operation: 'add_route', input: { destination: 'default', device: 'ea' } },
  { title: 'delete_route', world: ROUTED, operation: 'delete_route', input: { destination: '10.22.0.0/16' } },
  { title: 'delete_route multipath', world: ROUTED, operation: 'delete_route', input: { destination: '10.25.0.0/16' } },
  { title: 'delete_route IPv6 default', cuts: true, world: ROUTED, operation: 'delete_route', input: { destination: 'default', via: 'fd00::9' } },
  { title: 'delete_route unreachable', world: ROUTED, operation: 'delete_route', input: { destination: 'fd08::/64' } },
  {
    title: 'delete_route with metrics',
    world: `${ADDRESSED}; ip route add 10.9.0.0/16 via 10.0.0.9 mtu 1400`,
    operation: 'delete_route',
    input: { destination: '10.9.0.0/16' },
  },
  { title: 'delete_link', world: ADDRESSED, operation: 'delete_link', input: { link: 'eb' }, loses: ['the other end, ea'] },
  { title: 'delete_namespace', world: 'ip netns add ns1', operation: 'delete_namespace', input: { namespace: 'ns1' }, masked: true },
];

describe.concurrent('there and back', () => {
  test.for(SCENARIOS)(
    '$title',
    { timeout: 60_000 },
    async ({ world, operation, input, loses = [], undoable = true, masked = false, cuts = false }, { sandbox, rooms }) => {
      const look = () => sandbox.snapshotText({ masked });
      await sandbox.sh(world);
      const before = await look();

      const planned = await rooms.dryRun(operation, input);
      expect(await look(), 'a dry run changes nothing').toBe(before);
      expect(planned.foreseen).toMatchObject({ id: null, changed: true, dry_run: true, undoable });
      expect(planned.foreseen.loses).toEqual(expect.arrayContaining(loses));

      const made = await rooms.change(operation, input, cuts ? 600 : null);
      expect(made.change).toMatchObject({ ...planned.foreseen, dry_run: false, id: expect.any(String) });
      expect(made.change.altered, 'told what it altered').not.toHaveLength(0);
      expect(made.change.differs, 'it came out as foreseen').toBeUndefined();
      const after = await look();
      expect(after).not.toBe(before);

      const again = await rooms.change(operation, input);
      expect(again.change).toMatchObject({ id: null, changed: false, commands: [] });
      expect(await look(), 'the second call changes nothing').toBe(after);

      const undone = await rooms.undo(made.change.id);
      if (!undoable) return;
      expect(undone).toMatchObject({ won: true, state: 'undone', left: [], moved: [] });
      expect(await look(), 'undo restores').toBe(before);
      for (const argv of planned.foreseen.commands ?? []) await sandbox.ok(argv);
      expect(await look(), 'the commands by hand do the same').toBe(after);
    },
  );
});
