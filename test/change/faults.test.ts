// What goes wrong in the midst of a change, and what else comes at the same time: nothing half done stays, and the error says why.
import { existsSync } from 'node:fs';
import { describe } from 'vitest';
import { dump, expectSame } from '../support/dump.js';
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
    expect(failure.code, failure.message).not.toMatch(/ROLLBACK_INCOMPLETE|INTERNAL/);
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
  test('two servers create the same pair: one makes it, the other waits for it and finds it so', async ({ sandbox, rooms }) => {
    const other = await Rooms.open(sandbox);
    const input = { a: { name: 'va', addresses: ['10.0.0.1/24'] }, b: { name: 'vb' } };
    const made = await Promise.all([rooms, other].map((server) => server.change('create_veth_pair', input)));
    expect(made.map(({ change }) => change.changed).sort()).toEqual([false, true]);
    expect((await sandbox.links()).map(({ ifname }) => ifname).sort()).toEqual(['lo', 'va', 'vb']);
    expect(await sandbox.addresses('host', 'va')).toEqual(['10.0.0.1/24']);
  });

  test('two servers create the same namespace', async ({ sandbox, rooms }) => {
    const other = await Rooms.open(sandbox);
    const made = await Promise.all([rooms, other].map((server) => server.change('create_namespace', { name: 'ns1' })));
    expect(made.map(({ change }) => change.changed).sort()).toEqual([false, true]);
    expect(await sandbox.ok(['ls', '/run/netns'])).toBe('ns1\n');
  });

  test('two servers race for one link, many times: each has its way or is told why, and the journal knows all', { timeout: 60_000 }, async ({
    sandbox,
    rooms,
  }) => {
    const other = await Rooms.open(sandbox);
    await sandbox.sh(`ip netns add n1; ip netns add n2; ${PAIR}`);
    const before = await dump(sandbox);
    const wishes = [
      [{ op: 'move_link', input: { link: 'ea', to: 'n1', new_name: 'one' } }],
      [{ op: 'move_link', input: { link: 'ea', to: 'n2', new_name: 'two' } }],
      [
        { op: 'set_link', input: { link: 'ea', mtu: 1400 } },
        { op: 'set_link', input: { link: 'ea', new_name: 'three' } },
      ],
      [
        { op: 'add_address', input: { link: 'ea', address: '10.0.0.1/24' } },
        { op: 'set_link', input: { link: 'ea', up: true } },
      ],
      [{ op: 'delete_link', input: { link: 'ea' } }],
    ];
    for (let round = 0; round < 10; round++) {
      const [mine, theirs] = [wishes[round % wishes.length] ?? [], wishes[(round * 3 + 1) % wishes.length] ?? []];
      const known = (await rooms.changes()).length;
      const ends = await Promise.all([rooms.tries(mine), other.tries(theirs)]);
      for (const { failure } of ends) if (failure) expect(failure.code, failure.message).toMatch(/^(LINK_NOT_FOUND|LINK_EXISTS)$/);
      const made = ends.flatMap((end) => (end.failure ? [] : (end.made.change.id ?? [])));
      expect(made.length, 'at least one had its way').toBeGreaterThanOrEqual(1);
      const told = (await rooms.changes()).slice(known).filter(({ state }) => state === 'applied');
      expect(told.map(({ id }) => id).sort()).toEqual([...made].sort());
      for (const { id } of told.toReversed()) expect(await other.undo(id)).toMatchObject({ state: 'undone', left: [], moved: [] });
      expectSame(await dump(sandbox), before, `round ${round}`);
    }
  });

  test('two servers make and delete the same names, many times: the journal tells what is there', { timeout: 60_000 }, async ({ sandbox, rooms }) => {
    const other = await Rooms.open(sandbox);
    for (let round = 0; round < 10; round++) {
      const list = [
        { op: 'create_namespace', input: { name: 'na' } },
        { op: 'create_namespace', input: { name: 'nb' } },
        { op: 'create_veth_pair', input: { a: { name: 'va', namespace: 'na' }, b: { name: 'vb', namespace: 'nb' } } },
      ];
      const ends = await Promise.all([rooms.tries(list), other.tries(round % 2 === 0 ? list : [...list].reverse().slice(1))]);
      for (const { failure } of ends) expect(failure?.message ?? '').toBe('');
      expect(await sandbox.sh('ls /run/netns; ip -n na -br link show type veth | cut -d@ -f1')).toMatch(/^na\nnb\nva\s*$/);
      const gone = await Promise.all(
        [rooms, other].map((server) => server.tries(['na', 'nb'].map((namespace) => ({ op: 'delete_namespace', input: { namespace, force: true } })))),
      );
      for (const { failure } of gone) expect(failure?.code ?? 'NAMESPACE_NOT_FOUND').toBe('NAMESPACE_NOT_FOUND');
      expect(await sandbox.sh('ls /run/netns')).toBe('');
    }
    expect(new Set((await rooms.changes()).map(({ state }) => state))).toEqual(new Set(['applied']));
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
