// What goes wrong in the midst of a change, and what else comes at the same time: nothing half done stays, and the error says why.
import { existsSync } from 'node:fs';
import { describe } from 'vitest';
import { expect, test } from '../support/fixture.js';
import { Rooms } from '../support/rooms.js';
import { until } from '../support/sandbox.js';

const PAIR = 'ip link add name ea type veth peer name eb';

describe('a step that fails takes the earlier ones back', () => {
  test('an address that the kernel refuses', async ({ sandbox, rooms }) => {
    const before = await sandbox.snapshotText();
    const failure = await rooms.fails('create_veth_pair', {
      a: { name: 'va', addresses: ['10.0.0.1/24', 'ff02::1/64'], up: true },
      b: { name: 'vb' },
    });
    expect(failure.message).toMatch(/^Step 3 of 4, .*failed: .* The 2 steps before it were undone\.$/);
    expect(failure.details).toMatchObject({ left: [] });
    expect(await sandbox.snapshotText()).toBe(before);
  });

  test('in the other namespace', async ({ sandbox, rooms }) => {
    await sandbox.sh('ip netns add ns1');
    const before = await sandbox.snapshotText();
    await rooms.fails('create_veth_pair', {
      a: { name: 'va', up: true },
      b: { name: 'vb', namespace: 'ns1', addresses: ['10.0.0.1/24', '224.0.0.1/24', 'ff02::1/64'] },
    });
    expect(await sandbox.snapshotText()).toBe(before);
  });

  test('a move that cannot keep an address brings the link back with all it had', async ({ sandbox, rooms }) => {
    await sandbox.sh(`ip netns add ns1; ${PAIR}; ip link set dev ea up; ip link set dev eb up; ip address add 10.0.0.1/24 dev ea
      ip address add fd00::1/64 dev ea; ip route add default via 10.0.0.9; ip netns exec ns1 sysctl -qw net.ipv6.conf.default.disable_ipv6=1`);
    const before = await sandbox.snapshotText();
    const failure = await rooms.fails('move_link', { link: 'ea', to: 'ns1', keep_addresses: true });
    expect(failure.details['left']).toEqual([]);
    expect(await sandbox.snapshotText()).toBe(before);
  });

  test('a link of that name that came between plan and act', async ({ sandbox, rooms }) => {
    await sandbox.sh(`ip netns add ns1; ${PAIR}`);
    const prepared = await rooms.prepare('move_link', { link: 'ea', to: 'ns1', up: true });
    await sandbox.sh('ip -n ns1 link add ea type bridge');
    const before = await sandbox.snapshotText();
    expect(await rooms.makeFails(prepared)).toMatchObject({ code: 'LINK_EXISTS' });
    expect(await sandbox.snapshotText()).toBe(before);
  });

  test('a link that went between plan and act', async ({ sandbox, rooms }) => {
    await sandbox.sh(PAIR);
    const prepared = await rooms.prepare('set_link', { link: 'ea', up: true });
    await sandbox.sh('ip link delete dev ea');
    expect(await rooms.makeFails(prepared)).toMatchObject({ code: 'LINK_NOT_FOUND' });
  });

  test('a namespace whose name went between plan and act: what was judged is what is entered', async ({ sandbox, rooms }) => {
    await sandbox.sh(`ip netns add ns1; ${PAIR}`);
    const prepared = await rooms.prepare('move_link', { link: 'ea', to: 'ns1' });
    await sandbox.sh('ip netns delete ns1; ip netns add ns1');
    await rooms.make(prepared);
    expect(await sandbox.links('ns1')).toHaveLength(1);
    expect((await sandbox.links()).map(({ ifname }) => ifname)).toEqual(['lo', 'eb']);
  });

  test.skipIf(!existsSync('/proc/sys/kernel/ns_last_pid'))('a PID that another process got between plan and act', async ({ sandbox, rooms }) => {
    await sandbox.sh(PAIR);
    const first = await sandbox.stranger();
    const prepared = await rooms.prepare('move_link', { link: 'ea', to: `pid:${first.innerPid}` });
    await first[Symbol.asyncDispose]();
    const heir = await until('the PID is given again', async () => {
      await sandbox.ok(['tee', '/proc/sys/kernel/ns_last_pid'], { stdin: String(first.innerPid - 1) });
      const next = await sandbox.stranger();
      if (next.innerPid === first.innerPid) return next;
      await next[Symbol.asyncDispose]();
      return null;
    });
    await rooms.make(prepared);
    expect((await sandbox.links(heir.innerPid)).map(({ ifname }) => ifname)).toEqual(['lo']);
    expect((await sandbox.links()).map(({ ifname }) => ifname)).toEqual(['lo', 'eb']);
  });

  test('a name that went to another namespace between plan and act: that one is not deleted', async ({ sandbox, rooms }) => {
    await sandbox.sh('ip netns add ns1');
    const prepared = await rooms.prepare('delete_namespace', { namespace: 'ns1' });
    await sandbox.sh('ip netns delete ns1; ip netns add ns1; ip -n ns1 link add precious type bridge');
    expect(await rooms.makeFails(prepared)).toMatchObject({ code: 'NAMESPACE_VANISHED' });
    expect(await sandbox.link('ns1', 'precious')).toBeDefined();
  });

  test('ip that cannot be started: nothing was changed, and nothing is said to be left', async ({ sandbox, rooms }) => {
    await sandbox.sh('mount --bind /dev/null "$(command -v ip)"');
    expect(await rooms.fails('create_namespace', { name: 'ns1' })).toMatchObject({
      code: 'COMMAND_MISSING',
      message: expect.stringContaining('Nothing was changed'),
    });
    await sandbox.sh('umount "$(command -v ip)"');
  });

  test('a cancelled call does nothing more', async ({ sandbox, rooms }) => {
    await sandbox.sh('ip netns add ns1');
    const before = await sandbox.snapshotText();
    const prepared = await rooms.prepare('create_veth_pair', { a: { name: 'va', up: true }, b: { name: 'vb', namespace: 'ns1', up: true } });
    await rooms.abort(prepared);
    expect(await rooms.makeFails(prepared)).toMatchObject({ code: 'CANCELLED' });
    expect(await sandbox.snapshotText()).toBe(before);
  });

  test('nothing is done where the record of the change cannot be written', async ({ sandbox, rooms }) => {
    await sandbox.sh('rm -rf /run/netns-mcp; touch /run/netns-mcp');
    const before = await sandbox.snapshotText();
    expect(await rooms.fails('create_veth_pair', { a: { name: 'va' }, b: { name: 'vb' } })).toMatchObject({ code: 'STATE_UNWRITABLE' });
    expect(await sandbox.snapshotText()).toBe(before);
  });
});

describe('two at once', () => {
  test('two servers create the same pair: one makes it, the other finds it or is told', async ({ sandbox, rooms }) => {
    const other = await Rooms.open(sandbox);
    const input = { a: { name: 'va', addresses: ['10.0.0.1/24'] }, b: { name: 'vb' } };
    const prepared = await Promise.all([rooms.prepare('create_veth_pair', input), other.prepare('create_veth_pair', input)]);
    const outcomes = await Promise.allSettled([rooms.make(prepared[0]), other.make(prepared[1])]);
    const made = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' && outcome.value.change.changed ? [outcome.value] : []));
    expect(made).toHaveLength(1);
    for (const outcome of outcomes) if (outcome.status === 'rejected') expect(String(outcome.reason)).toContain('LINK_EXISTS');
    expect((await sandbox.links()).map(({ ifname }) => ifname).sort()).toEqual(['lo', 'va', 'vb']);
    expect(await sandbox.addresses('host', 'va')).toEqual(['10.0.0.1/24']);
  });

  test('two servers create the same namespace', async ({ sandbox, rooms }) => {
    const other = await Rooms.open(sandbox);
    const prepared = await Promise.all([rooms.prepare('create_namespace', { name: 'ns1' }), other.prepare('create_namespace', { name: 'ns1' })]);
    await rooms.make(prepared[0]);
    expect(await other.makeFails(prepared[1])).toMatchObject({ code: 'NAMESPACE_EXISTS' });
    expect(await sandbox.ok(['ls', '/run/netns'])).toBe('ns1\n');
  });

  test('a call that waited does not work in a namespace that went meanwhile', async ({ sandbox, rooms }) => {
    await sandbox.sh('ip netns add ns1');
    const holding = await rooms.prepare('delete_namespace', { namespace: 'ns1' });
    const waiting = rooms.fails('set_link', { namespace: 'ns1', link: 'lo', up: true });
    await rooms.survey();
    await rooms.make(holding);
    await rooms.dispose(holding);
    expect(await waiting).toMatchObject({ code: 'NAMESPACE_NOT_FOUND' });
  });

  test('two calls of one server wait for each other, and the second finds it done', async ({ rooms }) => {
    const calls = [1, 2, 3].map(() => rooms.change('create_namespace', { name: 'ns1' }));
    expect((await Promise.all(calls)).map(({ change }) => change.changed).sort()).toEqual([false, false, true]);
  });
});

test('a server that is killed in the midst leaves a record that says so', async ({ sandbox, rooms }) => {
  const other = await Rooms.open(sandbox);
  await sandbox.sh('ip netns add ns1');
  const prepared = await rooms.prepare('create_veth_pair', { a: { name: 'va' }, b: { name: 'vb', namespace: 'ns1' } });
  // From here on what changes does its work and then does not end.
  await sandbox.sh(`cp "$(type -P ip)" /run/real-ip
    printf '#!/bin/sh\ncase "$*" in *-batch*) /run/real-ip "$@"; exec sleep 1000;; esac\nexec /run/real-ip "$@"\n' >/run/ip
    chmod +x /run/ip; mount --bind /run/ip "$(type -P ip)"`);
  const failure = rooms.makeFails(prepared);
  await expect.poll(() => sandbox.link('host', 'va')).toBeDefined();
  expect(await other.interrupted(), 'one that is alive is at work').toEqual([]);
  process.kill(rooms.process.pid, 'SIGKILL');
  expect(await failure).toMatchObject({ code: 'DRIVER_ENDED' });
  await rooms.process.ended;
  await expect
    .poll(() => other.interrupted())
    .toMatchObject([
      {
        operation: 'create_veth_pair',
        pid: rooms.process.innerPid,
        commands: [['ip', 'link', 'add', 'name', 'va', 'type', 'veth', 'peer', 'name', 'vb', 'netns', 'ns1']],
      },
    ]);
});

describe('names that are symbolic links', () => {
  test('are not deleted, for what they lead to would go', async ({ sandbox, rooms }) => {
    await sandbox.sh('ip netns add ns1; ln -s /run/netns/ns1 /run/netns/alias; ip -n ns1 link add kept type bridge');
    expect(await rooms.fails('delete_namespace', { namespace: 'alias', force: true })).toMatchObject({
      code: 'INVALID_INPUT',
      hint: expect.stringContaining('rm /run/netns/alias'),
    });
    expect(await sandbox.link('ns1', 'kept')).toBeDefined();
  });

  test('keep nothing alive', async ({ sandbox, rooms }) => {
    await sandbox.sh('ip netns add ns1; ln -s /run/netns/ns1 /run/netns/alias; ip -n ns1 link add foreign type bridge');
    expect(await rooms.fails('delete_namespace', { namespace: 'ns1' })).toMatchObject({ code: 'NAMESPACE_IN_USE' });
    expect((await rooms.dryRun('delete_namespace', { namespace: 'ns1', force: true })).foreseen.loses.join('; ')).toContain('link foreign');
  });
});

test('what was marked of a namespace goes with it', async ({ sandbox, rooms }) => {
  await rooms.change('create_namespace', { name: 'ns1' });
  expect(await sandbox.sh('ls /run/netns-mcp/namespaces')).not.toBe('');
  await rooms.change('delete_namespace', { namespace: 'ns1' });
  expect(await sandbox.sh('ls /run/netns-mcp/namespaces')).toBe('');
});
