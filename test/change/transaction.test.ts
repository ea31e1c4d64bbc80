// All or nothing: whatever the kernel refuses in the midst of a long list, and whatever the disk of the journal refuses, all is as it was before.
import { afterAll, describe } from 'vitest';
import { dump, expectSame } from '../support/dump.js';
import { expect, test } from '../support/fixture.js';
import type { Wanted } from '../support/rooms.js';
import { TWENTY } from './busy-world.js';
import { Stages } from './stage.js';

const stages = new Stages(2);
afterAll(() => stages[Symbol.asyncDispose]());

/** Each is planned without complaint, and then refused by the kernel: by `ip`, in two kinds of namespaces, by `sysctl`, and in a second step of its own. */
const REFUSED: readonly Wanted[] = [
  { op: 'add_address', input: { namespace: 'n1', link: 'p0', address: 'ff02::1/64' } },
  { op: 'add_address', input: { namespace: 'host', link: 'p0', address: 'ff02::1/64' } },
  { op: 'set_sysctl', input: { namespace: 'n2', key: 'net.ipv4.ping_group_range', value: '5 1' } },
  { op: 'set_link', input: { namespace: 'host', link: 'lo', mtu: 65000, bridge: 'br0' } },
];

describe.concurrent('a failure at each place of twenty operations', () => {
  const positions = Array.from({ length: TWENTY.length + 1 }, (_, at) => at);
  test.for(positions)('at %i', { timeout: 300_000 }, async (at) => {
    await stages.use(async ({ sandbox, rooms, before }) => {
      const refused = REFUSED[at % REFUSED.length];
      if (!refused) throw new Error('nothing to refuse');
      const known = (await rooms.changes()).length;
      const failure = await rooms.failsList(TWENTY.toSpliced(at, 0, refused));
      expect(failure).toMatchObject({ code: expect.stringMatching(/^(CHANGE_FAILED|SYSCTL_REFUSED)$/), details: { left: [] } });
      expectSame(await dump(sandbox), before);
      const changes = await rooms.changes();
      expect(changes).toHaveLength(known + 1);
      expect(changes.at(-1)).toMatchObject({ state: 'failed', summary: expect.stringMatching(/^21 operations/) });
      expect(await sandbox.sh('ls -A /run/netns-mcp/locks | grep -v takeover || true'), 'no lock is left').toBe('');
      expect(await sandbox.sh('ls /run/netns-mcp/namespaces'), 'nothing is marked that is not there').toBe('');
    });
  });
});

test('all twenty are made, told one by one, and undone as one', { timeout: 120_000 }, async () => {
  await stages.use(async ({ sandbox, rooms, before }) => {
    const { change, outcomes } = await rooms.changeList(TWENTY);
    expect(outcomes.map(({ op, changed }) => ({ op, changed }))).toEqual(TWENTY.map(({ op }) => ({ op, changed: true })));
    expect(change.differs).toBeUndefined();
    expect(await rooms.undo(change.id)).toMatchObject({ won: true, state: 'undone', left: [], moved: [] });
    expectSame(await dump(sandbox), before);
  });
});

describe('the disk of the journal', () => {
  const PAIR = { a: { name: 'va', up: true }, b: { name: 'vb' } };
  const DISK = 'mkdir -p /run/netns-mcp; mount -t tmpfs -o size=256k tmpfs /run/netns-mcp';

  test('read-only: refused before anything is done', async ({ sandbox, rooms }) => {
    await sandbox.sh(`${DISK}; mount -o remount,ro /run/netns-mcp`);
    const before = await dump(sandbox);
    expect(await rooms.fails('create_veth_pair', PAIR)).toMatchObject({ code: 'STATE_UNWRITABLE', message: expect.stringMatching(/nothing was changed/i) });
    expectSame(await dump(sandbox), before);
  });

  test('full: refused before anything is done, and works again once there is room', async ({ sandbox, rooms }) => {
    await sandbox.sh(`${DISK}; cat /dev/zero >/run/netns-mcp/filler 2>/run/filler.log || true`);
    const before = await dump(sandbox);
    expect(await rooms.fails('create_veth_pair', PAIR)).toMatchObject({ code: 'STATE_UNWRITABLE' });
    expectSame(await dump(sandbox), before);
    await sandbox.sh('rm /run/netns-mcp/filler');
    expect((await rooms.change('create_veth_pair', PAIR)).change.changed).toBe(true);
  });

  test('full from the first step on: the change is taken back, and the answer says so', async ({ sandbox, rooms }) => {
    await sandbox.sh(DISK);
    const before = await dump(sandbox);
    const prepared = await rooms.prepare('create_veth_pair', PAIR);
    await sandbox.ok(['tee', '/run/ip'], {
      stdin: '#!/bin/sh\ncase "$*" in *-batch*) cat /dev/zero >/run/netns-mcp/filler 2>/run/filler.log;; esac\nexec /run/real-ip "$@"\n',
    });
    await sandbox.sh('cp "$(type -P ip)" /run/real-ip; chmod +x /run/ip; mount --bind /run/ip "$(type -P ip)"');
    expect(await rooms.makeFails(prepared)).toMatchObject({
      code: 'STATE_UNWRITABLE',
      message: expect.stringContaining('The change was taken back'),
      details: { left: [] },
    });
    await sandbox.sh('umount "$(type -P ip)"; rm /run/netns-mcp/filler');
    expect(await rooms.changes()).toMatchObject([{ state: 'failed' }]);
    expectSame(await dump(sandbox), before);
  });
});
