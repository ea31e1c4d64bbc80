// What a server that was killed had begun: taken back at the next change of another, or by asking for it, and never by merely starting.

import { existsSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, describe } from 'vitest';
import { running } from '../support/calls.js';
import { dump, expectSame } from '../support/dump.js';
import { expect, test } from '../support/fixture.js';
import { Rooms } from '../support/rooms.js';
import { type Sandbox, until } from '../support/sandbox.js';
import { Wire } from '../support/wire.js';
import { TWENTY } from './busy-world.js';
import { type Stage, Stages } from './stage.js';

/** `npm run property` has more. */
const ROUNDS = Number(process.env['NETNS_MCP_KILL_ROUNDS'] ?? 20);
const SEED = Number(process.env['NETNS_MCP_SEED'] ?? 1);
const CHANGES = TWENTY.map(({ op, input }) => ({ op, ...input }));
const ENDED = ['applied', 'failed', 'undone'];

/** What became of the change in each round; `none`: it had not begun. */
const ends: string[] = [];

const stages = new Stages(2);
afterAll(() => stages[Symbol.asyncDispose]());

/** What an undisturbed server makes of it: how long that takes from the request on, and from when it is in the journal. */
interface Whole {
  ms: number;
  runningMs: number;
  after: string;
}
let whole: Promise<Whole> | null = null;

/** How many changes in that state are in the journal of the sandbox in which this process lives; quick, for it looks from outside. */
function inState({ started }: Wire, state: string): number {
  const changes = `/proc/${started.pid}/root/run/netns-mcp/changes`;
  try {
    return readdirSync(changes).filter((name) => !name.startsWith('.') && existsSync(`${changes}/${name}/state.${state}`)).length;
  } catch {
    return 0;
  }
}

const BEGINS_WITHIN_MS = 30_000;

async function untilRunning(wire: Wire): Promise<void> {
  const latest = performance.now() + BEGINS_WITHIN_MS;
  while (inState(wire, 'running') === 0) {
    if (performance.now() > latest) throw new Error('the change has not begun: the call must have failed before');
    await sleep(1);
  }
}

async function undisturbed({ sandbox, rooms }: Stage): Promise<Whole> {
  await using wire = await Wire.open(sandbox);
  const begun = performance.now();
  const answer = wire.call('apply_changes', { changes: CHANGES });
  await untilRunning(wire);
  const running = performance.now();
  while (inState(wire, 'running') > 0) await sleep(1);
  const runningMs = performance.now() - running;
  const { isError, content } = await answer;
  expect(isError ?? false, content?.[0]?.text ?? '').toBe(false);
  const ms = performance.now() - begun;
  const after = await dump(sandbox);
  await rooms.undo((await rooms.changes()).at(-1)?.id ?? '');
  return { ms, runningMs, after };
}

describe.concurrent(`a server killed at random moments of twenty operations, seed ${SEED}`, () => {
  const rounds = Array.from({ length: ROUNDS }, (_, round) => round);
  test.for(rounds)('round %i', { timeout: 600_000 }, async (round) => {
    await stages.use(async (stage) => {
      const { sandbox, rooms, before } = stage;
      whole ??= undisturbed(stage);
      const { ms, runningMs, after } = await whole;
      const [moment = 0] = fc.sample(fc.double({ min: 0, max: 1.1, noNaN: true }), { seed: SEED + round, numRuns: 1 });
      const known = (await rooms.changes()).length;

      const wire = await Wire.open(sandbox);
      wire.request('tools/call', { name: 'apply_changes', arguments: { changes: CHANGES } });
      // Every third at any moment of the call, the others while it is at work.
      const isAnywhere = round % 3 === 0;
      if (!isAnywhere) await untilRunning(wire);
      const waitMs = moment * (isAnywhere ? ms : runningMs);
      await sleep(waitMs);
      process.kill(wire.started.pid, 'SIGKILL');
      await wire.started.ended;
      if (round % 2 === 0) await rooms.recover();
      else {
        const { change } = await rooms.change('create_namespace', { name: 'next' });
        await rooms.undo(change.id);
      }

      const mine = (await rooms.changes()).slice(known).filter(({ summary }) => summary.startsWith('20 operations'));
      expect(mine.length).toBeLessThanOrEqual(1);
      const [entry] = mine;
      expect(ENDED, 'nothing half done is left in the journal').toContain(entry?.state ?? 'failed');
      ends.push(entry?.state ?? 'none');
      const isMade = entry?.state === 'applied';
      expectSame(await dump(sandbox), isMade ? after : before, `killed after ${Math.round(waitMs)} of ${Math.round(isAnywhere ? ms : runningMs)} ms`);
      if (!isMade) return;
      expect(await rooms.undo(entry.id), 'another server can undo it').toMatchObject({ state: 'undone', left: [], moved: [] });
      expectSame(await dump(sandbox), before);
    });
  });
});

test('and in some of these rounds it was in the midst of it', ({ annotate }) => {
  void annotate(`seed ${SEED}: ${['none', 'failed', 'applied'].map((end) => `${ends.filter((each) => each === end).length} ${end}`).join(', ')}`);
  expect(ends).toHaveLength(ROUNDS);
  expect(ends.filter((end) => end === 'failed').length).toBeGreaterThanOrEqual(ROUNDS / 5);
});

/** From here on an `ip` that makes a link does its work, and then does not end. */
const HANGING_IP = `#!/bin/sh
case "$*" in
*-batch*)
  cat >/run/lines.$$
  /run/real-ip "$@" </run/lines.$$
  grep -q "^link add" /run/lines.$$ && exec sleep 1000
  exit 0;;
esac
exec /run/real-ip "$@"
`;

async function hangIp(sandbox: Sandbox): Promise<void> {
  await sandbox.ok(['tee', '/run/ip'], { stdin: HANGING_IP });
  await sandbox.sh('cp "$(type -P ip)" /run/real-ip; chmod +x /run/ip; mount --bind /run/ip "$(type -P ip)"');
}

describe('a server killed between two steps', () => {
  const PAIR = { a: { name: 'va' }, b: { name: 'vb', namespace: 'ns1' } };

  test('is found and taken back by the next change of another, which ends what still runs for it', async ({ sandbox, rooms }) => {
    const other = await Rooms.open(sandbox);
    await sandbox.sh('ip netns add ns1');
    const before = await dump(sandbox);
    const prepared = await rooms.prepareList([
      { op: 'create_veth_pair', input: PAIR },
      { op: 'set_link', input: { namespace: 'ns1', link: 'vb', up: true } },
    ]);
    await hangIp(sandbox);
    const failure = rooms.makeFails(prepared);
    await until('the first step is done', () => sandbox.link('host', 'va'));
    expect(await other.recover(), 'one that is alive is at work').toEqual([]);
    expect(await other.changes()).toMatchObject([{ state: 'running' }]);
    process.kill(rooms.process.pid, 'SIGKILL');
    expect(await failure).toMatchObject({ code: 'DRIVER_ENDED' });
    await rooms.process.ended;
    await sandbox.sh('umount "$(type -P ip)"');
    await Rooms.open(sandbox);
    expect(await sandbox.link('host', 'va'), 'merely starting does nothing').toBeDefined();
    const { change } = await other.change('create_namespace', { name: 'ns2' });
    expect(await other.changes()).toMatchObject([{ state: 'failed' }, { state: 'applied' }]);
    await other.undo(change.id);
    expectSame(await dump(sandbox), before);
    expect(await running(sandbox, 'sleep')).toBe(false);
  });

  test('takes back its own alone: what others have added to the same link since stays', async ({ sandbox, rooms }) => {
    await sandbox.sh(`ip link add ea type veth peer name eb; ip link set ea up; ip link set eb up; ip address add 10.0.0.1/24 dev ea
      nft 'table inet theirs { chain c { }; }'`);
    const before = await dump(sandbox);
    const prepared = await rooms.prepareList([
      { op: 'set_link', input: { link: 'ea', mtu: 1400, alias: 'ours' } },
      { op: 'add_address', input: { link: 'ea', address: '10.7.0.1/24' } },
      // Given and taken away by the same list, and there in between.
      { op: 'add_address', input: { link: 'ea', address: '10.7.1.1/24' } },
      { op: 'create_veth_pair', input: { a: { name: 'va' }, b: { name: 'vb' } } },
      { op: 'set_sysctl', input: { namespace: 'host', key: 'net.ipv4.ip_forward', value: 1 } },
      { op: 'delete_address', input: { link: 'ea', address: '10.7.1.1/24' } },
    ]);
    await hangIp(sandbox);
    const failure = rooms.makeFails(prepared);
    await until('the first steps are done', () => sandbox.link('host', 'va'));
    process.kill(rooms.process.pid, 'SIGKILL');
    await failure;
    await rooms.process.ended;
    await sandbox.sh('umount "$(type -P ip)"');
    expect(await sandbox.addresses('host', 'ea')).toEqual(['10.0.0.1/24', '10.7.0.1/24', '10.7.1.1/24']);

    await sandbox.sh('ip address add 10.8.0.1/24 dev ea; ip -6 address add fd08::1/64 dev ea nodad');
    const other = await Rooms.open(sandbox);
    expect(await other.recover()).toMatchObject([{ left: [] }]);
    expect((await sandbox.addresses('host', 'ea')).sort()).toEqual(['10.0.0.1/24', '10.8.0.1/24', 'fd08::1/64']);
    await sandbox.sh('ip address delete 10.8.0.1/24 dev ea; ip address delete fd08::1/64 dev ea');
    expectSame(await dump(sandbox), before);
  });

  test('and a record torn by the crash is no record', async ({ sandbox, rooms }) => {
    const { change } = await rooms.change('create_namespace', { name: 'ns1' });
    await sandbox.sh(`folder=$(ls -d /run/netns-mcp/changes/*-${change.id}); mkdir /run/netns-mcp/changes/0000000000001-torn
      head -c 100 $folder/plan.json > /run/netns-mcp/changes/0000000000001-torn/plan.json; touch /run/netns-mcp/changes/0000000000001-torn/state.running`);
    const other = await Rooms.open(sandbox);
    expect(await other.recover()).toEqual([]);
    expect(await other.undo(change.id)).toMatchObject({ state: 'undone', left: [] });
  });
});

test('what an earlier boot left running is gone with it', async ({ sandbox, rooms }) => {
  const { change } = await rooms.change('create_namespace', { name: 'ns1' });
  await sandbox.sh(`cd /run/netns-mcp/changes/*-${change.id}; mv state.applied state.running
    sed -i 's/"boot_id":"[^"]*"/"boot_id":"11111111-2222-3333-4444-555555555555"/' plan.json`);
  const other = await Rooms.open(sandbox);
  expect(await other.recover()).toEqual([]);
  expect(await other.changes()).toMatchObject([{ state: 'failed' }]);
  expect(await sandbox.sh('ls /run/netns'), 'and what is of this boot stays').toBe('ns1\n');
});
