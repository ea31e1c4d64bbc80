// create_link, with the kinds that a kernel may lack: there and back, and what they are made for.
import { afterAll, beforeAll, describe } from 'vitest';
import { expect, test } from '../support/fixture.js';
import { Rooms } from '../support/rooms.js';
import { Sandbox } from '../support/sandbox.js';
import { type Kind, needs } from '../uml/kernel.js';
import { type Scenario, thereAndBack } from './create-link.js';

/** Two links, up, with addresses. */
const LOWER = `ip link add d0 address 02:00:00:00:00:0a type dummy; ip link add d1 address 02:00:00:00:00:0b type dummy
ip link set d0 up; ip link set d1 up; ip address add 10.0.0.1/24 dev d0; ip -6 address add fd00::1/64 dev d0`;
const UPPER = 'ip link delete d0; ip link delete d1';

function tunnel(kind: Kind, input: Record<string, unknown>, shows: RegExp): Scenario {
  return { title: `a tunnel of kind ${kind}`, needs: ['dummy', kind], input: { name: 'x0', kind, ...input }, shows };
}

const SCENARIOS: Scenario[] = [
  {
    title: 'a dummy with addresses',
    needs: ['dummy'],
    input: { name: 'x0', kind: 'dummy', up: true, addresses: ['10.7.0.1/24', 'fd07::1/64'] },
    shows: /dummy/,
  },
  {
    title: 'a VLAN, up, with an address',
    needs: ['dummy', 'vlan'],
    input: { name: 'd0.5', kind: 'vlan', id: 5, link: 'd0', gvrp: true, egress_qos_map: '1:2', up: true, addresses: ['10.5.0.1/24'] },
    shows: /d0\.5@d0: .*vlan protocol 802\.1Q id 5 <.*GVRP.*egress-qos-map \{ 1:2 \}/s,
  },
  {
    title: 'a VLAN of the host, made in a namespace',
    needs: ['dummy', 'vlan'],
    world: 'ip netns add ns1',
    input: { namespace: 'ns1', name: 'eth0', kind: 'vlan', id: 6, link: 'd0', link_namespace: 'host', up: true },
    shows: /id 6/,
    afterwards: 'ip netns delete ns1',
  },
  {
    title: 'an ipvlan',
    needs: ['dummy', 'ipvlan'],
    input: { name: 'x0', kind: 'ipvlan', link: 'd0', mode: 'l2', flag: 'private', up: true },
    shows: /ipvlan +mode l2 private/,
  },
  { title: 'a macvtap', needs: ['dummy', 'macvtap'], input: { name: 'x0', kind: 'macvtap', link: 'd0', mode: 'vepa', up: true }, shows: /macvtap mode vepa/ },
  { title: 'a bond as it comes', needs: ['bond'], input: { name: 'x0', kind: 'bond' }, shows: /bond mode active-backup .*miimon 100/ },
  {
    title: 'a bond with LACP',
    needs: ['bond'],
    input: { name: 'x0', kind: 'bond', mode: '802.3ad', lacp_rate: 'fast', xmit_hash_policy: 'layer3+4', miimon_ms: 50 },
    shows: /mode 802\.3ad miimon 50 .*lacp_rate fast/,
  },
  {
    title: 'a bridge with VLAN filtering',
    needs: ['bridge_vlan_filtering'],
    input: { name: 'x0', kind: 'bridge', vlan_filtering: true, vlan_default_pvid: 7, mac: '02:00:00:00:00:bb' },
    shows: /vlan_filtering 1 .*vlan_default_pvid 7/,
  },
  {
    title: 'a VRF',
    needs: ['vrf'],
    // The rule for tables of VRFs comes with the first one, and stays (vrf_add_fib_rules).
    world: 'ip link add x9 type vrf table 99; ip link delete x9',
    input: { name: 'x0', kind: 'vrf', table: 10, up: true },
    shows: /vrf table 10/,
  },
  {
    title: 'a dummy in a VRF',
    needs: ['vrf', 'dummy'],
    world: 'ip link add v0 type vrf table 11; ip link set v0 up',
    input: { name: 'x0', kind: 'dummy', master: 'v0', addresses: ['10.7.0.1/24'], up: true },
    shows: /master v0/,
    afterwards: 'ip link delete v0',
  },
  tunnel('geneve', { id: 4, remote: '10.0.0.2', ttl: 9 }, /geneve id 4 remote 10\.0\.0\.2 ttl 9/),
  tunnel('vxlan', { id: 4, remote: '10.0.0.2', link: 'd0' }, /vxlan id 4 remote 10\.0\.0\.2 dev d0/),
  tunnel(
    'gre',
    { local: '10.0.0.1', remote: '10.0.0.2', key: 7, up: true, addresses: ['10.8.0.1/30'] },
    /gre remote 10\.0\.0\.2 local 10\.0\.0\.1 .*ikey 0\.0\.0\.7 okey 0\.0\.0\.7/,
  ),
  tunnel('gretap', { local: '10.0.0.1', remote: '10.0.0.2', link: 'd0', mac: '02:00:00:00:00:77' }, /gretap remote 10\.0\.0\.2 local 10\.0\.0\.1 dev d0/),
  tunnel('ip6gre', { local: 'fd00::1', remote: 'fd00::2' }, /ip6gre remote fd00::2 local fd00::1/),
  tunnel('ipip', { local: '10.0.0.1', remote: '10.0.0.2', ttl: 64 }, /ipip .*remote 10\.0\.0\.2 local 10\.0\.0\.1 ttl 64/),
  tunnel('sit', { local: '10.0.0.1', remote: '10.0.0.2', mtu: 1400 }, /mtu 1400 .*sit .*remote 10\.0\.0\.2 local 10\.0\.0\.1/s),
  tunnel('ip6tnl', { local: 'fd00::1', remote: 'fd00::2', mode: 'ip6ip6', encaplimit: 'none' }, /ip6tnl ip6ip6 remote fd00::2 local fd00::1 .*encaplimit none/),
  tunnel('vti', { local: '10.0.0.1', remote: '10.0.0.2', key: 5 }, /vti remote 10\.0\.0\.2 local 10\.0\.0\.1 ikey 0\.0\.0\.5 okey 0\.0\.0\.5/),
  { title: 'a wireguard link', needs: ['wireguard'], input: { name: 'x0', kind: 'wireguard', addresses: ['10.8.0.1/24'], up: true }, shows: /wireguard/ },
];

// Every start of a Node costs seconds in the lane: they share one.
let sandbox: Sandbox;
let rooms: Rooms;
beforeAll(async () => {
  sandbox = await Sandbox.open();
  rooms = await Rooms.open(sandbox);
});
afterAll(() => sandbox[Symbol.asyncDispose]());

describe('there and back', () => {
  test.for(SCENARIOS)('$title', async ({ needs: kinds, world = '', input, shows, afterwards = '' }, { skip }) => {
    await needs(skip, ...kinds);
    const isLower = kinds.includes('dummy');
    await sandbox.sh(`${isLower ? LOWER : ''}\n${world}`);
    try {
      await thereAndBack(sandbox, rooms, { input, ...(shows ? { shows } : {}) }, true);
    } finally {
      const entry = typeof input['namespace'] === 'string' ? `-n ${input['namespace']}` : '';
      await sandbox.sh(`ip ${entry} link delete ${String(input['name'])} || true\n${afterwards}\n${isLower ? UPPER : ''}`);
    }
  });
});

test('a VRF, its port and a route in its table, in one list', async ({ skip }) => {
  await needs(skip, 'vrf', 'dummy');
  await sandbox.sh('ip link add x9 type vrf table 99; ip link delete x9');
  const before = await sandbox.snapshotText();
  const { change } = await rooms.changeList([
    { op: 'create_link', input: { name: 'v0', kind: 'vrf', table: 10, up: true } },
    { op: 'create_link', input: { name: 'p0', kind: 'dummy', master: 'v0', up: true, addresses: ['10.7.0.1/24'] } },
    { op: 'add_route', input: { destination: '10.9.0.0/16', via: '10.7.0.2', table: 10 } },
  ]);
  expect(change.differs).toBeUndefined();
  expect(await sandbox.ok(['ip', 'route', 'show', 'table', '10'])).toMatch(/10\.9\.0\.0\/16 via 10\.7\.0\.2 dev p0/);
  expect(await rooms.undo(change.id)).toMatchObject({ state: 'undone', left: [], moved: [] });
  expect(await sandbox.snapshotText()).toBe(before);
});

test('a bond with two ports and a VLAN on it, in one list', async ({ skip }) => {
  await needs(skip, 'bond', 'dummy', 'vlan');
  const before = await sandbox.snapshotText();
  const list = [
    { op: 'create_link', input: { name: 'b0', kind: 'bond', mode: 'active-backup', mac: '02:00:00:00:00:b0', up: true } },
    { op: 'create_link', input: { name: 'p0', kind: 'dummy', master: 'b0' } },
    { op: 'create_link', input: { name: 'p1', kind: 'dummy' } },
    { op: 'set_link', input: { link: 'p1', master: 'b0' } },
    { op: 'set_link', input: { link: 'b0', settings: { primary: 'p1' } } },
    { op: 'create_link', input: { name: 'b0.5', kind: 'vlan', id: 5, link: 'b0', up: true, addresses: ['10.5.0.1/24'] } },
  ];
  const { change } = await rooms.changeList(list);
  expect(change.differs).toBeUndefined();
  expect(await sandbox.sh('cat /proc/net/bonding/b0')).toMatch(/Primary Slave: p1 .*Slave Interface: p0\n.*Slave Interface: p1\n/s);
  expect((await rooms.changeList(list)).change.commands, 'the same list again').toEqual([]);
  expect(await rooms.undo(change.id)).toMatchObject({ state: 'undone', left: [], moved: [] });
  expect(await sandbox.snapshotText()).toBe(before);
});

test('two tunnels of the same ends, and two VLANs of the same id, are told apart from a name that is taken', async ({ skip }) => {
  await needs(skip, 'gre', 'vlan', 'dummy');
  await sandbox.sh(`${LOWER}; ip link add g0 type gre local 10.0.0.1 remote 10.0.0.2 key 7; ip link add link d0 name d0.5 type vlan id 5`);
  const before = await sandbox.snapshotText();
  for (const input of [
    { name: 'x0', kind: 'gre', local: '10.0.0.1', remote: '10.0.0.2', key: 7 },
    { name: 'x0', kind: 'vlan', id: 5, link: 'd0' },
  ]) {
    expect(await rooms.fails('create_link', input)).toMatchObject({
      code: 'LINK_EXISTS',
      hint: expect.stringContaining('two tunnels cannot have the same ends and key'),
    });
  }
  expect(await sandbox.snapshotText()).toBe(before);
  await sandbox.sh(`ip link delete g0; ${UPPER}`);
});
