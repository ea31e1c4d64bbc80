// Undo by a caller: exactly, by any server, and refused with the reason where the world has moved on.
import { describe } from 'vitest';
import { dump, expectSame } from '../support/dump.js';
import { expect, test } from '../support/fixture.js';
import { Rooms } from '../support/rooms.js';
import { until } from '../support/sandbox.js';
import { BUSY_WORLD } from './busy-world.js';

describe.concurrent('what was deleted comes back', () => {
  test('a namespace, with links and their other ends, addresses, routes, rules, sysctls and rulesets', { timeout: 60_000 }, async ({ sandbox, rooms }) => {
    await sandbox.sh(BUSY_WORLD);
    const before = await dump(sandbox);
    for (const namespace of ['n3', 'n1']) {
      const { change } = await rooms.change('delete_namespace', { namespace, force: true });
      expect(await sandbox.sh('ls /run/netns')).not.toContain(namespace);
      expect(await rooms.undo(change.id)).toMatchObject({ won: true, state: 'undone', left: [], moved: [] });
      expectSame(await dump(sandbox), before, `after ${namespace} was deleted and rebuilt`);
    }
  });

  test('veth pairs whose ends all have the same index, each with its own other end', async ({ sandbox, rooms }) => {
    const pair = (name: string, a: string, b: string) =>
      `ip link add ${name}0 netns ${a} index 40 type veth peer name ${name}1 netns ${b} index 40; ip -n ${a} link set ${name}0 up; ip -n ${b} link set ${name}1 up`;
    await sandbox.sh(`for n in a b c d; do ip netns add $n; done; ${pair('x', 'a', 'b')}; ${pair('y', 'c', 'd')}`);
    const before = await dump(sandbox);
    const { change } = await rooms.changeList([
      { op: 'delete_link', input: { namespace: 'a', link: 'x0' } },
      { op: 'delete_link', input: { namespace: 'd', link: 'y1' } },
    ]);
    expect(await sandbox.link('b', 'x1')).toBeUndefined();
    expect(await rooms.undo(change.id)).toMatchObject({ state: 'undone', left: [], moved: [] });
    expectSame(await dump(sandbox), before);
    // Each end answers to its own other end alone.
    await sandbox.sh('ip -n a link set x0 down');
    expect((await sandbox.link('b', 'x1'))?.flags).not.toContain('LOWER_UP');
    expect((await sandbox.link('d', 'y1'))?.flags).toContain('LOWER_UP');
  });

  test('one of this server is one of this server again', async ({ sandbox, rooms }) => {
    await rooms.change('create_namespace', { name: 'ns1' });
    await rooms.change('create_veth_pair', { a: { name: 'va' }, b: { name: 'vb', namespace: 'ns1' } });
    const { change } = await rooms.change('delete_namespace', { namespace: 'ns1', force: true });
    await rooms.undo(change.id);
    expect(await rooms.resolve('ns1')).toMatchObject({ owned: true });
    expect((await rooms.change('delete_namespace', { namespace: 'ns1' })).change, 'without force: nothing in it is foreign').toMatchObject({ changed: true });
    expect(await sandbox.link('host', 'va')).toBeUndefined();
  });

  test('a veth pair, with both ends, the same MACs, addresses and routes', async ({ sandbox, rooms }) => {
    await sandbox.sh(BUSY_WORLD);
    const before = await dump(sandbox);
    for (const input of [{ link: 'p0' }, { namespace: 'n1', link: 'eth0' }]) {
      const { change } = await rooms.change('delete_link', input);
      expect(await rooms.undo(change.id)).toMatchObject({ state: 'undone', left: [], moved: [] });
      expectSame(await dump(sandbox), before, JSON.stringify(input));
    }
  });

  test('what was done before it was deleted and rebuilt can still be undone', async ({ sandbox, rooms }) => {
    await sandbox.sh('ip netns add ns1');
    const before = await dump(sandbox);
    const changes = [];
    for (const [op, input] of [
      ['create_veth_pair', { a: { name: 'va' }, b: { name: 'vb', namespace: 'ns1', addresses: ['10.0.0.2/24'], up: true } }],
      ['add_rule', { namespace: 'ns1', from: '10.9.0.0/16', table: 100 }],
      ['delete_namespace', { namespace: 'ns1', force: true }],
    ] as const)
      changes.push((await rooms.change(op, input)).change.id);
    for (const id of changes.toReversed()) expect(await rooms.undo(id)).toMatchObject({ state: 'undone', left: [], moved: [] });
    expectSame(await dump(sandbox), before);
  });
});

describe.concurrent('who undoes, and when', () => {
  test('another server', async ({ sandbox, rooms }) => {
    const before = await dump(sandbox);
    const { change } = await rooms.change('create_veth_pair', { a: { name: 'va' }, b: { name: 'vb' } });
    process.kill(rooms.process.pid, 'SIGKILL');
    await rooms.process.ended;
    const other = await Rooms.open(sandbox);
    expect(await other.undo(change.id)).toMatchObject({ state: 'undone', left: [] });
    expectSame(await dump(sandbox), before);
  });

  test('once is enough: the second time says that it has been taken back', async ({ rooms }) => {
    const { change } = await rooms.change('create_namespace', { name: 'ns1' });
    await rooms.undo(change.id);
    expect(await rooms.undoFails(change.id)).toMatchObject({ code: 'CHANGE_STATE', message: expect.stringContaining('it has been taken back') });
  });

  test('two at once: one does it, the other is told', async ({ sandbox, rooms }) => {
    const other = await Rooms.open(sandbox);
    const { change } = await rooms.change('create_namespace', { name: 'ns1' });
    const ends = await Promise.allSettled([rooms.undo(change.id), other.undo(change.id)]);
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(ends.flatMap((end) => (end.status === 'rejected' ? [String(end.reason)] : []))).toEqual([expect.stringContaining('CHANGE_STATE')]);
  });

  test('one in the middle, while the later ones stand', async ({ sandbox, rooms }) => {
    await sandbox.sh(BUSY_WORLD);
    const add = (address: string) => rooms.change('add_address', { link: 'p1', address });
    const [first, middle, last] = [await add('10.81.0.1/24'), await add('10.82.0.1/24'), await add('10.83.0.1/24')];
    expect(await rooms.undo(middle.change.id)).toMatchObject({ state: 'undone', left: [], moved: [] });
    expect(await sandbox.addresses('host', 'p1')).toEqual(['10.81.0.1/24', '10.83.0.1/24']);
    await rooms.undo(last.change.id);
    await rooms.undo(first.change.id);
    expect(await sandbox.addresses('host', 'p1')).toEqual([]);
  });

  test('a change of an earlier boot is refused, and says why', async ({ sandbox, rooms }) => {
    const { change } = await rooms.change('create_namespace', { name: 'ns1' });
    await sandbox.sh(`sed -i 's/"boot_id":"[^"]*"/"boot_id":"11111111-2222-3333-4444-555555555555"/' /run/netns-mcp/changes/*-${change.id}/plan.json`);
    const other = await Rooms.open(sandbox);
    expect(await other.undoFails(change.id)).toMatchObject({ code: 'CHANGE_NOT_UNDOABLE', message: expect.stringContaining('started anew') });
    expect(await other.resolve('ns1')).toBeDefined();
  });

  test('one that no journal has, and one that failed', async ({ rooms }) => {
    expect(await rooms.undoFails('11111111-2222-3333-4444-555555555555')).toMatchObject({ code: 'CHANGE_NOT_FOUND' });
    await rooms.fails('add_address', { link: 'lo', address: 'ff02::1/64' });
    const [failed] = await rooms.changes();
    expect(await rooms.undoFails(failed?.id ?? '')).toMatchObject({ code: 'CHANGE_STATE', message: expect.stringContaining('it failed') });
  });
});

describe.concurrent('the world has moved on', () => {
  test('refused with the reason, and told what can still be undone; partial undoes that', async ({ sandbox, rooms }) => {
    await sandbox.sh(BUSY_WORLD);
    const { change } = await rooms.changeList([
      { op: 'add_route', input: { destination: '10.88.0.0/16', via: '10.1.0.9' } },
      { op: 'set_link', input: { link: 'p1', mtu: 1400 } },
      { op: 'add_address', input: { link: 'p0', address: '10.89.0.1/24' } },
    ]);
    await sandbox.sh('ip route replace 10.88.0.0/16 via 10.1.0.8; ip address delete 10.89.0.1/24 dev p0');
    const now = await dump(sandbox);
    const refused = await rooms.undoFails(change.id);
    expect(refused).toMatchObject({
      code: 'CHANGE_NOT_UNDOABLE',
      message: expect.stringMatching(/10\.88\.0\.0\/16/),
      hint: expect.stringContaining('partial'),
      details: { can_be_undone: [expect.stringContaining('p1')] },
    });
    expectSame(await dump(sandbox), now, 'a refusal changes nothing');
    const undone = await rooms.undo(change.id, true);
    expect(undone).toMatchObject({ state: 'undone', left: [], moved: [expect.stringContaining('10.88.0.0/16')] });
    expect(await sandbox.link('host', 'p1')).toMatchObject({ mtu: 1500 });
    expect(await sandbox.routes()).toContainEqual(expect.stringMatching(/^10\.88\.0\.0\/16 via 10\.1\.0\.8/));
  });

  test('a namespace that it made, and in which somebody has put something, stays', async ({ sandbox, rooms }) => {
    const { change } = await rooms.change('create_namespace', { name: 'ns1' });
    await sandbox.sh('ip -n ns1 link add precious type bridge');
    expect(await rooms.undoFails(change.id)).toMatchObject({ code: 'CHANGE_NOT_UNDOABLE', message: expect.stringContaining('precious') });
    expect(await sandbox.link('ns1', 'precious')).toBeDefined();
  });

  test('a namespace that it made, and in which somebody lives', async ({ sandbox, rooms }) => {
    const { change } = await rooms.change('create_namespace', { name: 'ns1' });
    await sandbox.start(['ip', 'netns', 'exec', 'ns1', 'sleep', '1000']);
    await until('it lives there', async () => (await sandbox.ok(['ip', 'netns', 'pids', 'ns1'])) !== '');
    expect((await rooms.undoFails(change.id)).message).toContain('processes');
  });

  test('another namespace took the name of the one that it deleted', async ({ sandbox, rooms }) => {
    await sandbox.sh('ip netns add ns1');
    const { change } = await rooms.change('delete_namespace', { namespace: 'ns1', force: true });
    await sandbox.sh('ip netns add ns1; ip -n ns1 link add other type bridge');
    expect(await rooms.undoFails(change.id)).toMatchObject({ code: 'CHANGE_NOT_UNDOABLE', message: expect.stringContaining('ns1') });
    expect(await sandbox.link('ns1', 'other')).toBeDefined();
  });
});
