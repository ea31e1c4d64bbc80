// What each operation refuses, and what it takes care of: in the field's words, on a real kernel.
import { describe } from 'vitest';
import { expect, test } from '../support/fixture.js';

const PAIR = 'ip link add name ea type veth peer name eb';

describe('move_link', () => {
  test('by name, PID, inode, nsid and path', async ({ sandbox, rooms }) => {
    await sandbox.sh(`ip netns add ns1; ip netns add ns2; ip netns set ns2 7; ${PAIR}`);
    const stranger = await sandbox.stranger();
    const inode = Number(await sandbox.ok(['stat', '-Lc', '%i', '/run/netns/ns1']));
    const hops: [string, string][] = [
      ['host', 'ns1'],
      ['ns1', `pid:${stranger.innerPid}`],
      [`pid:${stranger.innerPid}`, `inode:${inode}`],
      [`inode:${inode}`, 'nsid:7'],
      ['nsid:7', 'path:/run/netns/ns1'],
      ['path:/run/netns/ns1', 'host'],
    ];
    for (const [from, to] of hops) {
      const { change, shown } = await rooms.change('move_link', { link: 'ea', from, to });
      expect(change.changed, `${from} to ${to}`).toBe(true);
      expect(shown).toMatchObject({ link: { name: 'ea', kind: 'veth' } });
    }
    expect((await sandbox.links()).map(({ ifname }) => ifname).sort()).toEqual(['ea', 'eb', 'lo']);
  });

  test('the end that stayed shows LOWERLAYERDOWN, and the id of the namespace where the other end lives', async ({ sandbox, rooms }) => {
    await sandbox.sh(`ip netns add ns1; ${PAIR}; ip link set dev ea up; ip link set dev eb up`);
    await rooms.change('move_link', { link: 'eb', to: 'ns1' });
    const [stayed] = (await rooms.links('host')).filter(({ name }) => name === 'ea');
    const [moved] = (await rooms.links('ns1')).filter(({ name }) => name === 'eb');
    expect(stayed).toMatchObject({ up: true, peer: null, peer_index: moved?.index, flags: expect.arrayContaining(['NO-CARRIER']) });
    expect(moved).toMatchObject({ up: false, operstate: 'DOWN', peer_index: stayed?.index, link_netnsid: 0 });
    const { state } = await rooms.read('host', 'links', 'nsids');
    expect(state.nsids).toEqual([{ nsid: stayed?.link_netnsid, name: 'ns1' }]);
  });

  test('lo, bridges and what the kernel pins stay', async ({ sandbox, rooms }) => {
    await sandbox.sh('ip netns add ns1; ip link add br0 type bridge');
    for (const link of ['lo', 'br0']) expect(await rooms.fails('move_link', { link, to: 'ns1' })).toMatchObject({ code: 'LINK_CANNOT_MOVE' });
    expect((await sandbox.links('ns1')).map(({ ifname }) => ifname)).toEqual(['lo']);
  });

  test('a name that is taken there, and a link that is in neither', async ({ sandbox, rooms }) => {
    await sandbox.sh(`ip netns add ns1; ${PAIR}; ip -n ns1 link add ea type bridge`);
    expect(await rooms.fails('move_link', { link: 'ea', to: 'ns1' })).toMatchObject({ code: 'LINK_EXISTS', hint: expect.stringContaining('new_name') });
    expect(await rooms.fails('move_link', { link: 'nix', to: 'ns1' })).toMatchObject({ code: 'LINK_NOT_FOUND' });
    const { change } = await rooms.change('move_link', { link: 'ea', to: 'ns1', new_name: 'eth0' });
    expect(change.changed).toBe(true);
  });

  test('keeps addresses of both families, peers and the order of secondaries', async ({ sandbox, rooms }) => {
    await sandbox.sh(`ip netns add ns1; ${PAIR}; ip link set dev ea up; ip address add 10.0.0.2/24 dev ea; ip address add 10.0.0.1/24 dev ea
      ip address add 10.5.0.1 peer 10.5.0.2/32 dev ea; ip address add fd00::1/64 dev ea; ip address add fd00::2/64 dev ea noprefixroute; ip address add fe80::1/64 dev ea`);
    const before = await sandbox.link('host', 'ea');
    const { change, told } = await rooms.change('move_link', { link: 'ea', to: 'ns1', new_name: 'eth0', keep_addresses: true, up: true });
    const after = await sandbox.link('ns1', 'eth0');
    const plain = (link: typeof before) =>
      link?.addr_info
        .filter(({ local }) => !/^fe80::.*ff:fe/.test(local))
        .map(({ local, prefixlen, address, secondary, noprefixroute, scope }) => ({ local, prefixlen, address, secondary, noprefixroute, scope }));
    expect(plain(after)).toEqual(plain(before));
    // The sandbox has other defaults than a new namespace.
    expect(change.loses.filter((lost) => !lost.startsWith('sysctl '))).toEqual([]);
    expect(told).toContain('eth0@if');
  });

  test('a second call brings up what is there already', async ({ sandbox, rooms }) => {
    await sandbox.sh(`ip netns add ns1; ${PAIR}`);
    await rooms.change('move_link', { link: 'ea', to: 'ns1' });
    const { change } = await rooms.change('move_link', { link: 'ea', to: 'ns1', up: true });
    expect(change.commands).toEqual([['ip', '-n', 'ns1', 'link', 'set', 'dev', 'ea', 'up']]);
  });
});

describe('delete_namespace', () => {
  test('refuses while processes or links of others live in it', async ({ sandbox, rooms }) => {
    await sandbox.sh(`ip netns add ns1; ip netns add ns2; ${PAIR}; ip link set dev ea netns ns1`);
    expect(await rooms.fails('delete_namespace', { namespace: 'ns1' })).toMatchObject({ code: 'NAMESPACE_IN_USE', message: expect.stringContaining('ea') });
    await sandbox.start(['ip', 'netns', 'exec', 'ns2', 'sleep', '1000']);
    await expect.poll(() => sandbox.ok(['ip', 'netns', 'pids', 'ns2'])).not.toBe('');
    expect(await rooms.fails('delete_namespace', { namespace: 'ns2' })).toMatchObject({ code: 'NAMESPACE_IN_USE', message: expect.stringContaining('sleep') });
  });

  test('in a list needs no force for links that the list made there, and does for others that it moved there', async ({ sandbox, rooms }) => {
    await sandbox.sh('ip netns add ns1; ip netns add ns2; ip link add name theirs type veth peer name end');
    const bridge = { op: 'create_link', input: { namespace: 'ns1', name: 'ours', kind: 'bridge' } };
    const remove = { op: 'delete_namespace', input: { namespace: 'ns1' } };
    const reply = await rooms.tries([bridge, { op: 'move_link', input: { link: 'theirs', to: 'ns1' } }, remove]);
    expect('failure' in reply && reply.failure).toMatchObject({ code: 'NAMESPACE_IN_USE', message: expect.stringContaining('(theirs)') });
    const pair = { op: 'create_veth_pair', input: { a: { name: 'va' }, b: { name: 'vb', namespace: 'ns1' } } };
    const move = { op: 'move_link', input: { link: 'vb', from: 'ns1', to: 'ns2' } };
    await rooms.changeList([bridge, pair, move, { ...remove, input: { namespace: 'ns2' } }, remove]);
    expect(await sandbox.sh('ip netns list')).toBe('');
  });

  test('with force tells what goes, and what only loses its name', async ({ sandbox, rooms }) => {
    await sandbox.sh(`ip netns add ns1; ip netns add ns2; ${PAIR}; ip link set dev ea netns ns1`);
    await sandbox.start(['ip', 'netns', 'exec', 'ns2', 'sleep', '1000']);
    await expect.poll(() => sandbox.ok(['ip', 'netns', 'pids', 'ns2'])).not.toBe('');
    const first = await rooms.change('delete_namespace', { namespace: 'ns1', force: true });
    expect(first.change.loses.join()).toContain('link ea (veth) and its peer');
    const second = await rooms.change('delete_namespace', { namespace: 'ns2', force: true });
    expect(second.change.loses.join()).toMatch(/the name ns2 only: the namespace lives on as inode:\d+, kept by the processes in it/);
    expect((await sandbox.links()).map(({ ifname }) => ifname)).toEqual(['lo']);
    expect(await sandbox.ok(['ls', '/run/netns'])).toBe('');
  });

  test('links that this server made are no obstacle', async ({ rooms }) => {
    await rooms.change('create_namespace', { name: 'ns1' });
    await rooms.change('create_veth_pair', { a: { name: 'va' }, b: { name: 'vb', namespace: 'ns1' } });
    await rooms.change('create_veth_pair', { a: { name: 'wa' }, b: { name: 'wb' } });
    await rooms.change('move_link', { link: 'wb', to: 'ns1', new_name: 'eth0' });
    expect((await rooms.change('delete_namespace', { namespace: 'ns1' })).change.changed).toBe(true);
  });

  test('of two names the one that was given goes', async ({ sandbox, rooms }) => {
    await sandbox.sh('ip netns add aa; touch /run/netns/bb; mount --bind /run/netns/aa /run/netns/bb');
    const { change } = await rooms.change('delete_namespace', { namespace: 'bb' });
    expect(change.commands).toEqual([['ip', 'netns', 'delete', 'bb']]);
    expect(change.loses.join()).toContain('the name bb only');
    expect(await sandbox.ok(['ls', '/run/netns'])).toBe('aa\n');
  });

  test('by inode with two names: which one cannot be told', async ({ sandbox, rooms }) => {
    await sandbox.sh('ip netns add aa; touch /run/netns/bb; mount --bind /run/netns/aa /run/netns/bb');
    const { inode } = await rooms.resolve('aa');
    expect(await rooms.fails('delete_namespace', { namespace: `inode:${inode}` })).toMatchObject({ code: 'NAMESPACE_AMBIGUOUS' });
  });

  test('by inode, too', async ({ sandbox, rooms }) => {
    await sandbox.sh('ip netns add ns1');
    const { inode } = await rooms.resolve('ns1');
    const { change, shown } = await rooms.change('delete_namespace', { namespace: `inode:${inode}` });
    expect({ change, shown }).toMatchObject({ change: { changed: true, commands: [['ip', 'netns', 'delete', 'ns1']] }, shown: { namespace: null } });
  });

  test('never the host, by whatever name', async ({ sandbox, rooms }) => {
    await sandbox.sh('touch /run/netns/me; mount --bind /proc/1/ns/net /run/netns/me');
    for (const namespace of ['me', 'host', 'pid:1']) {
      expect(await rooms.fails('delete_namespace', { namespace, force: true })).toMatchObject({
        code: 'NAMESPACE_IN_USE',
        message: expect.stringContaining('host'),
      });
    }
    expect(await sandbox.ok(['ls', '/run/netns'])).toBe('me\n');
  });
});

describe('addresses and routes', () => {
  test('an address that is there already is no error, another scope is', async ({ sandbox, rooms }) => {
    await sandbox.sh(`${PAIR}; ip address add 10.0.0.1/24 dev ea`);
    expect((await rooms.change('add_address', { link: 'ea', address: '10.0.0.1/24' })).change.changed).toBe(false);
    expect(await rooms.fails('add_address', { link: 'ea', address: '10.0.0.1/24', scope: 'host' })).toMatchObject({ code: 'ADDRESS_CONFLICT' });
    expect(await rooms.fails('add_address', { link: 'ea', address: 'fd00::1/64', scope: 'link' })).toMatchObject({ code: 'INTERNAL' });
  });

  test('a route through a link that is down, to a next hop out of reach, in conflict, of an unknown table', async ({ sandbox, rooms }) => {
    await sandbox.sh(`${PAIR}; ip address add 10.0.0.1/24 dev ea`);
    expect(await rooms.fails('add_route', { destination: '10.9.0.0/16', device: 'ea' })).toMatchObject({ code: 'ROUTE_UNREACHABLE' });
    await sandbox.sh('ip link set dev ea up');
    expect(await rooms.fails('add_route', { destination: '10.9.0.0/16', via: '192.0.2.1' })).toMatchObject({ code: 'ROUTE_UNREACHABLE' });
    await rooms.change('add_route', { destination: '10.9.0.0/16', via: '10.0.0.9' });
    expect(await rooms.fails('add_route', { destination: '10.9.0.0/16', via: '10.0.0.8' })).toMatchObject({ code: 'ROUTE_CONFLICT' });
    expect(await rooms.fails('add_route', { destination: '10.10.0.0/16', via: '10.0.0.8', table: 'nix' })).toMatchObject({ code: 'INVALID_INPUT' });
  });

  test('"default" alone, where both families have one, is asked about', async ({ sandbox, rooms }) => {
    await sandbox.sh('ip netns add n1; ip -n n1 link add d0 type bridge; ip -n n1 link set d0 up; ip -n n1 address add 10.7.0.1/24 dev d0');
    await sandbox.sh('ip -n n1 address add fd07::1/64 dev d0 nodad; ip -n n1 route add default via 10.7.0.9; ip -n n1 -6 route add default via fd07::9');
    expect(await rooms.fails('delete_route', { namespace: 'n1', destination: 'default' })).toMatchObject({
      code: 'INVALID_INPUT',
      hint: expect.stringContaining('::/0'),
    });
    await rooms.change('delete_route', { namespace: 'n1', destination: '::/0' });
    await rooms.change('delete_route', { namespace: 'n1', destination: 'default' });
    expect(await sandbox.routes('n1')).not.toContainEqual(expect.stringContaining('default'));
  });

  test('several routes fit: it asks which', async ({ sandbox, rooms }) => {
    await sandbox.sh(`${PAIR}; ip address add 10.0.0.1/24 dev ea; ip link set dev ea up
      ip route add 10.9.0.0/16 via 10.0.0.9 metric 5; ip route add 10.9.0.0/16 via 10.0.0.8 metric 6`);
    expect(await rooms.fails('delete_route', { destination: '10.9.0.0/16' })).toMatchObject({ code: 'INVALID_INPUT' });
    const { change } = await rooms.change('delete_route', { destination: '10.9.0.0/16', metric: 6 });
    expect(change.changed).toBe(true);
    expect(await sandbox.routes()).toContain('10.9.0.0/16 via 10.0.0.9 dev ea metric 5 linkdown');
  });
});

describe('set_link and delete_link', () => {
  test('a rename is known again in the second call', async ({ sandbox, rooms }) => {
    await sandbox.sh(PAIR);
    await rooms.change('set_link', { link: 'ea', new_name: 'neu', up: true });
    expect((await rooms.change('set_link', { link: 'ea', new_name: 'neu', up: true })).change.changed).toBe(false);
  });

  test('what is no bridge, has no MAC, or cannot be deleted', async ({ sandbox, rooms }) => {
    await sandbox.sh(PAIR);
    expect(await rooms.fails('set_link', { link: 'ea', bridge: 'eb' })).toMatchObject({ code: 'LINK_KIND_MISMATCH' });
    expect(await rooms.fails('set_link', { link: 'lo', mac: '02:00:00:00:00:01' })).toMatchObject({ code: 'LINK_KIND_MISMATCH' });
    expect(await rooms.fails('delete_link', { link: 'lo' })).toMatchObject({ code: 'LINK_CANNOT_DELETE' });
    expect((await rooms.change('delete_link', { link: 'nix' })).change.changed).toBe(false);
  });

  test('a link name in two namespaces: each call takes the one in its own', async ({ sandbox, rooms }) => {
    await sandbox.sh('ip netns add ns1; ip link add same type bridge; ip -n ns1 link add same type bridge');
    await rooms.change('set_link', { namespace: 'ns1', link: 'same', up: true });
    expect((await sandbox.link('host', 'same'))?.flags).not.toContain('UP');
    expect((await sandbox.link('ns1', 'same'))?.flags).toContain('UP');
  });

  test('two pairs whose ends have the same indices are not taken for one', async ({ sandbox, rooms }) => {
    await sandbox.sh(`for n in 1 2 3 4; do ip netns add ns$n; done
      ip -n ns1 link add a0 index 10 type veth peer name x index 20 netns ns3; ip -n ns2 link add b0 index 20 type veth peer name y index 10 netns ns4`);
    expect(await rooms.fails('create_veth_pair', { a: { name: 'a0', namespace: 'ns1' }, b: { name: 'b0', namespace: 'ns2' } })).toMatchObject({
      code: 'LINK_EXISTS',
    });
  });
});

describe('subjects', () => {
  /** The host's end of a pair carries the default route; the other end is in ns1. */
  const UPLINK = `ip netns add ns1; ${PAIR} netns ns1; ip address add 10.0.0.1/24 dev ea; ip link set dev ea up; ip -n ns1 link set dev eb up; ip route add default via 10.0.0.9`;
  const protectedNames = (subjects: Record<string, unknown>[]) =>
    subjects.filter(({ protected_because }) => typeof protected_because === 'string').map(({ name }) => name);

  test('what carries the default route is told as protected', async ({ sandbox, rooms }) => {
    await sandbox.sh(UPLINK);
    const { subjects } = await rooms.dryRun('set_link', { link: 'ea', up: false });
    expect(protectedNames(subjects)).toEqual(['ea']);
    expect(protectedNames((await rooms.dryRun('set_link', { link: 'index:1', mtu: 1400 })).subjects)).toEqual(['lo']);
  });

  test('also when it would go with its other end, or with the namespace of that', async ({ sandbox, rooms }) => {
    await sandbox.sh(UPLINK);
    expect(protectedNames((await rooms.dryRun('delete_link', { namespace: 'ns1', link: 'eb' })).subjects)).toEqual(['ea']);
    expect(protectedNames((await rooms.dryRun('delete_namespace', { namespace: 'ns1', force: true })).subjects)).toEqual(['ea']);
  });

  test('a move touches the link in both namespaces', async ({ sandbox, rooms }) => {
    await sandbox.sh(`ip netns add ns1; ${PAIR}`);
    const { subjects } = await rooms.dryRun('move_link', { link: 'index:3', to: 'ns1', new_name: 'eth0' });
    expect(subjects).toMatchObject([
      { kind: 'link', name: 'ea', index: 3, namespace: { is_host: true } },
      { kind: 'link', name: 'eth0', index: null, namespace: { names: ['ns1'] } },
    ]);
  });

  test('an address with a peer touches the prefix there as well', async ({ sandbox, rooms }) => {
    await sandbox.sh(PAIR);
    const { subjects } = await rooms.dryRun('add_address', { link: 'ea', address: '10.0.0.1/24', peer: '192.0.2.1' });
    expect(subjects).toMatchObject([{ kind: 'link', name: 'ea' }, { address: '10.0.0.1/24' }, { address: '192.0.2.1/24' }]);
  });
});
