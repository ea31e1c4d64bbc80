// create_link, with the kinds that most kernels have: there and back, in lists, and what it refuses.
import { describe } from 'vitest';
import { expect, test } from '../support/fixture.js';
import { needs } from '../uml/kernel.js';
import { type Scenario, thereAndBack } from './create-link.js';

const LOWER = 'ip link add name ea address 02:00:00:00:00:0a type veth peer name eb address 02:00:00:00:00:0b; ip link set ea up; ip link set eb up';

const SCENARIOS: Scenario[] = [
  {
    title: 'a bridge with settings, an address, a MAC and an MTU',
    needs: ['bridge'],
    input: {
      ...{ name: 'br0', kind: 'bridge', up: true, mtu: 1400, mac: '02:00:00:00:00:01', addresses: ['10.0.0.1/24', 'fd00::1/64'] },
      ...{ stp_state: true, forward_delay_s: 4, mcast_snooping: false, priority: 4096 },
    },
    shows: /mtu 1400 .*forward_delay 400 .* stp_state 1 priority 4096 .* mcast_snooping 0 /s,
  },
  { title: 'a bridge as it comes', needs: ['bridge'], input: { name: 'br0', kind: 'bridge' } },
  { title: 'a bridge in another namespace', needs: ['bridge'], world: 'ip netns add ns1', input: { namespace: 'ns1', name: 'br0', kind: 'bridge', up: true } },
  {
    title: 'a macvlan on a link, up, with an address',
    needs: ['macvlan'],
    world: LOWER,
    input: { name: 'mv0', kind: 'macvlan', link: 'ea', mode: 'private', up: true, addresses: ['10.0.0.1/24'] },
    shows: /macvlan mode private/,
  },
  {
    title: 'a macvlan on a link of the host, made in a namespace',
    needs: ['macvlan'],
    world: `${LOWER}; ip netns add ns1`,
    input: { namespace: 'ns1', name: 'eth0', kind: 'macvlan', link: 'ea', link_namespace: 'host', up: true, addresses: ['10.0.0.2/24'], mtu: 1400 },
    shows: /eth0@if\d+: .* mtu 1400 .*macvlan mode bridge/s,
  },
  {
    title: 'a macvlan on a link of another namespace, made on the host',
    needs: ['macvlan'],
    world: 'ip netns add ns1; ip -n ns1 link add ea type veth peer name eb',
    input: { name: 'mv0', kind: 'macvlan', link: 'ea', link_namespace: 'ns1' },
  },
  {
    title: 'a macvlan on a macvlan: it stands on the link below both',
    needs: ['macvlan'],
    world: `${LOWER}; ip link add name mv0 link ea type macvlan mode bridge`,
    input: { name: 'mv1', kind: 'macvlan', link: 'mv0' },
    shows: /mv1@ea:/,
  },
  {
    title: 'a link by its index',
    needs: ['macvlan'],
    world: 'ip link add name ea index 77 type veth peer name eb',
    input: { name: 'mv0', kind: 'macvlan', link: 'index:77' },
    shows: /mv0@ea:/,
  },
  {
    title: 'a vxlan to one end',
    needs: ['vxlan'],
    input: { name: 'vx0', kind: 'vxlan', id: 100, remote: '10.9.0.2', local: '10.9.0.1', up: true },
    shows: /vxlan id 100 remote 10\.9\.0\.2 local 10\.9\.0\.1 .* dstport 4789/,
  },
  {
    title: 'a vxlan to a group, as a port of a bridge',
    needs: ['vxlan', 'bridge'],
    world: `${LOWER}; ip link add name br0 address 02:00:00:00:00:bb type bridge`,
    input: { name: 'vx0', kind: 'vxlan', id: 7, group: '239.1.1.1', link: 'ea', learning: false, master: 'br0', up: true },
    shows: /master br0 .*vxlan id 7 group 239\.1\.1\.1 dev ea .*nolearning/s,
  },
  { title: 'an ifb', needs: ['ifb'], input: { name: 'ifb7', kind: 'ifb', up: true } },
  {
    title: 'a TUN',
    needs: ['tun'],
    input: { name: 'tun0', kind: 'tun', user: 'root', mtu: 1400, up: true, addresses: ['10.0.0.1/30'] },
    shows: /tun type tun .*user/,
  },
  { title: 'a TAP', needs: ['tun'], input: { name: 'tap0', kind: 'tap', multi_queue: true, mac: '02:00:00:00:00:07' }, shows: /tun type tap .*multi_queue/ },
  { title: 'a netkit pair', needs: ['netkit'], input: { name: 'nk0', kind: 'netkit', peer: 'nk1' } },
];

describe.concurrent('there and back', () => {
  test.for(SCENARIOS)('$title', { timeout: 60_000 }, async ({ needs: kinds, world = '', ...scenario }, { sandbox, rooms, skip }) => {
    await needs(skip, ...kinds);
    await sandbox.sh(world);
    await thereAndBack(sandbox, rooms, scenario);
  });
});

describe('in a list', () => {
  test('a bridge, its ports, and a macvlan on it, each on what those before it make', async ({ sandbox, rooms, skip }) => {
    await needs(skip, 'bridge', 'macvlan', 'vxlan');
    const before = await sandbox.snapshotText();
    const list = [
      { op: 'create_namespace', input: { name: 'ns1' } },
      { op: 'create_link', input: { name: 'br0', kind: 'bridge', up: true, mac: '02:00:00:00:00:bb', addresses: ['10.0.0.1/24'] } },
      { op: 'create_veth_pair', input: { a: { name: 'p0', up: true }, b: { name: 'eth0', namespace: 'ns1', up: true } } },
      { op: 'set_link', input: { link: 'p0', master: 'br0' } },
      { op: 'create_link', input: { name: 'vx0', kind: 'vxlan', id: 5, remote: '10.0.0.9', master: 'br0', up: true } },
      { op: 'create_link', input: { name: 'mv0', kind: 'macvlan', link: 'br0', up: true } },
      { op: 'set_link', input: { link: 'mv0', mac: '02:00:00:00:00:99', mtu: 1400, settings: { mode: 'vepa' } } },
      { op: 'create_link', input: { namespace: 'ns1', name: 'mv1', kind: 'macvlan', link: 'br0', link_namespace: 'host' } },
      { op: 'create_link', input: { namespace: 'ns1', name: 'mv2', kind: 'macvlan', link: 'eth0', addresses: ['10.0.0.3/24'], up: true } },
      { op: 'add_route', input: { namespace: 'ns1', destination: 'default', via: '10.0.0.1' } },
    ];
    const { change } = await rooms.changeList(list);
    expect(change).toMatchObject({ changed: true, undoable: true });
    expect(change.differs).toBeUndefined();
    expect(await sandbox.link('host', 'mv0')).toMatchObject({ link: 'br0', mtu: 1400, address: '02:00:00:00:00:99' });
    expect(await sandbox.link('host', 'vx0')).toMatchObject({ master: 'br0' });
    expect(await sandbox.link('ns1', 'mv1')).toMatchObject({ link_index: (await sandbox.link('host', 'br0'))?.ifindex });
    expect(await sandbox.routes('ns1')).toContain('default via 10.0.0.1 dev mv2');
    expect((await rooms.changeList(list)).change.commands, 'the same list again').toEqual([]);
    expect(await rooms.undo(change.id)).toMatchObject({ state: 'undone', left: [], moved: [] });
    expect(await sandbox.snapshotText()).toBe(before);
  });

  test('a link that cannot be made takes back all that came before it', async ({ sandbox, rooms, skip }) => {
    await needs(skip, 'bridge', 'vxlan');
    const before = await sandbox.snapshotText();
    const error = await rooms.failsList([
      { op: 'create_link', input: { name: 'br0', kind: 'bridge', up: true } },
      { op: 'create_link', input: { name: 'vx0', kind: 'vxlan', id: 5, remote: '10.0.0.9', master: 'br0' } },
      { op: 'create_link', input: { name: 'vx1', kind: 'vxlan', id: 5, remote: '10.0.0.9' } },
      { op: 'set_link', input: { link: 'vx1', up: true } },
    ]);
    expect(error).toMatchObject({ code: 'LINK_EXISTS', hint: expect.stringContaining('nor two VLANs or vxlans the same id') });
    expect(await sandbox.snapshotText()).toBe(before);
  });
});

test('what changes on the link below is nothing to its undo', async ({ sandbox, rooms, skip }) => {
  await needs(skip, 'macvlan');
  await sandbox.sh(LOWER);
  const { change } = await rooms.change('create_link', { name: 'mv0', kind: 'macvlan', link: 'ea' });
  await sandbox.sh('ip address add 10.0.0.1/24 dev ea; ip link set ea alias uplink group 5');
  expect(await rooms.undo(change.id)).toMatchObject({ state: 'undone', left: [], moved: [] });
  expect(await sandbox.addresses('host', 'ea')).toEqual(['10.0.0.1/24']);
  expect(await sandbox.link('host', 'mv0')).toBeUndefined();
});

test('a link that somebody has altered since is not taken away in silence', async ({ sandbox, rooms, skip }) => {
  await needs(skip, 'bridge');
  const { change } = await rooms.change('create_link', { name: 'br0', kind: 'bridge' });
  await sandbox.sh('ip link set br0 up mtu 1400');
  expect(await rooms.undoFails(change.id)).toMatchObject({ code: 'CHANGE_NOT_UNDOABLE' });
  expect(await sandbox.link('host', 'br0')).toMatchObject({ mtu: 1400 });
});

test('subjects are all that it touches, and the link below', async ({ sandbox, rooms, skip }) => {
  await needs(skip, 'macvlan');
  await sandbox.sh(`${LOWER}; ip netns add ns1; ip -n ns1 link add br0 type bridge`);
  const input = { namespace: 'ns1', name: 'mv0', kind: 'macvlan', link: 'ea', link_namespace: 'host', master: 'br0', addresses: ['10.0.0.1/24'] };
  const { subjects } = await rooms.dryRun('create_link', input);
  expect(subjects).toMatchObject([
    { kind: 'link', name: 'mv0', namespace: { names: ['ns1'] } },
    { kind: 'link', name: 'br0', namespace: { names: ['ns1'] } },
    { kind: 'link', name: 'ea', namespace: { is_host: true } },
    { kind: 'address', address: '10.0.0.1/24' },
  ]);
});

const WORLD = `${LOWER}; ip link add name br0 type bridge; ip link add name mv0 link ea type macvlan mode private; ip link add name dn type veth peer name dm`;

/** Bad input, with the code and a word of the message, or of the hint where the kernel is asked. */
const REFUSED: [title: string, input: Record<string, unknown>, code: string, says: RegExp][] = [
  ['no kind', { name: 'x' }, 'INTERNAL', /kind/],
  ['a kind that there is not', { name: 'x', kind: 'brigde' }, 'INTERNAL', /kind/],
  ['a veth', { name: 'x', kind: 'veth' }, 'INTERNAL', /kind/],
  ['a name too long', { name: 'sixteen-letters-', kind: 'bridge' }, 'INTERNAL', /1-15/],
  ['a name that reads as an option', { name: '-x', kind: 'bridge' }, 'INTERNAL', /starting with a dash/],
  ['a setting of no kind', { name: 'x', kind: 'bridge', vlan_filter: true }, 'INTERNAL', /did you mean vlan_filtering\?/],
  ['a common field, misspelt', { name: 'x', kind: 'bridge', adresses: '10.0.0.1/24' }, 'INTERNAL', /did you mean addresses\?/],
  ['a setting of another kind', { name: 'x', kind: 'ifb', table: 10 }, 'INTERNAL', /no setting of a ifb link/],
  ['a list for a setting', { name: 'x', kind: 'bridge', priority: [1] }, 'INTERNAL', /priority/],
  ['a setting out of range', { name: 'x', kind: 'vxlan', id: 16_777_216 }, 'INTERNAL', /16777215/],
  ['a vxlan without its id', { name: 'x', kind: 'vxlan', remote: '10.0.0.1' }, 'INTERNAL', /a vxlan link needs it, or external/],
  ['a vxlan to a group through nothing', { name: 'x', kind: 'vxlan', id: 1, group: '239.1.1.1' }, 'INTERNAL', /needs link/],
  ['a vxlan to a group and one end', { name: 'x', kind: 'vxlan', id: 1, link: 'ea', group: '239.1.1.1', remote: '10.0.0.1' }, 'INTERNAL', /group or remote/],
  ['a vxlan with a filter of ids and one id', { name: 'x', kind: 'vxlan', id: 1, vnifilter: true }, 'INTERNAL', /external: true/],
  ['a vxlan, elsewhere than its link', { name: 'x', kind: 'vxlan', id: 1, link: 'ea', link_namespace: 'host' }, 'INTERNAL', /then move_link/],
  ['a macvlan on nothing', { name: 'x', kind: 'macvlan' }, 'INTERNAL', /a macvlan link needs it/],
  ['a bridge on a link', { name: 'x', kind: 'bridge', link: 'ea' }, 'INTERNAL', /set_link with master/],
  ['a namespace of no link', { name: 'x', kind: 'bridge', link_namespace: 'host' }, 'INTERNAL', /goes with link/],
  ['a MAC for what has none', { name: 'x', kind: 'tun', mac: '02:00:00:00:00:01' }, 'INTERNAL', /no MAC address/],
  ['a primary of a bond without ports', { name: 'x', kind: 'bond', primary: 'ea' }, 'INTERNAL', /set_link with settings/],
  ['a netkit whose ends are called the same', { name: 'x', kind: 'netkit', peer: 'x' }, 'INTERNAL', /same name/],
  ['a link below that is not there', { name: 'x', kind: 'macvlan', link: 'eaa' }, 'LINK_NOT_FOUND', /Did you mean ea/],
  ['a master that is not there', { name: 'x', kind: 'ifb', master: 'br9' }, 'LINK_NOT_FOUND', /Did you mean br0/],
  ['a master that has no ports', { name: 'x', kind: 'ifb', master: 'ea' }, 'LINK_KIND_MISMATCH', /bridge, bond or VRF/],
  ['a VLAN that is to be up on what is down', { name: 'x', kind: 'vlan', id: 5, link: 'dn', up: true }, 'INVALID_INPUT', /Bring that up first/],
  ['a name that is taken by another kind', { name: 'ea', kind: 'bridge' }, 'LINK_EXISTS', /Choose another name/],
  ['a bridge that is there and differs', { name: 'br0', kind: 'bridge', stp_state: true, up: true, addresses: ['10.0.0.1/24'] }, 'LINK_EXISTS', /set_link/],
  ['a macvlan that is there in another mode', { name: 'mv0', kind: 'macvlan', link: 'ea', mode: 'bridge' }, 'LINK_EXISTS', /set_link/],
  ['a macvlan that is there on another link', { name: 'mv0', kind: 'macvlan', link: 'eb', mode: 'private' }, 'LINK_EXISTS', /set_link/],
  ['an address twice', { name: 'x', kind: 'ifb', addresses: ['10.0.0.1/24', '10.0.0.1/24'] }, 'ADDRESS_CONFLICT', /addresses/],
];

test('bad input is refused with what to do instead, and nothing stays', async ({ sandbox, rooms }) => {
  await sandbox.sh(WORLD);
  const before = await sandbox.snapshotText();
  for (const [title, input, code, says] of REFUSED) {
    const error = await rooms.fails('create_link', input);
    expect.soft(error.code, `${title}: ${error.message}`).toBe(code);
    expect.soft(`${error.message} ${error.hint}`, title).toMatch(says);
  }
  expect(await sandbox.snapshotText()).toBe(before);
});

test('a link that is there and differs is told with all its differences', async ({ sandbox, rooms }) => {
  await sandbox.sh(WORLD);
  const { details } = await rooms.fails('create_link', {
    name: 'mv0',
    kind: 'macvlan',
    link: 'eb',
    mode: 'vepa',
    mtu: 1400,
    up: true,
    master: 'br0',
    addresses: ['10.0.0.1/24'],
  });
  expect(details['differs']).toEqual([
    'it stands on another link',
    'mode is private',
    'its MTU is 1500',
    'its master is none',
    'it is down',
    'it lacks 10.0.0.1/24',
  ]);
});

test('a kind that the kernel lacks is told with the module that makes it', async ({ sandbox, rooms, skip }) => {
  const { stderr } = await sandbox.run(['ip', 'link', 'add', 'x', 'type', 'dummy']);
  if (stderr.toString() === '') skip('this kernel has dummy');
  expect(await rooms.fails('create_link', { name: 'x', kind: 'dummy' })).toMatchObject({
    code: 'KERNEL_UNSUPPORTED',
    hint: expect.stringContaining('modprobe dummy'),
  });
});
