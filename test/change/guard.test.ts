// Commit-confirm over the real server: what is not confirmed takes itself back, in time and not before, whatever becomes of the server, the disk and the clock.
import { setTimeout as sleep } from 'node:timers/promises';
import { describe } from 'vitest';
import { z } from 'zod';
import { dump, expectSame } from '../support/dump.js';
import { expect, test } from '../support/fixture.js';
import { Rooms } from '../support/rooms.js';
import { type Sandbox, until } from '../support/sandbox.js';
import { Wire } from '../support/wire.js';

/** A host whose only way out is `up0`. */
const CONNECTED = `ip link add name up0 address 02:00:00:00:00:0a type veth peer name far0 address 02:00:00:00:00:0b
ip link set dev up0 up; ip link set dev far0 up; ip address add 10.0.0.1/24 dev up0; ip route add default via 10.0.0.254`;
const DELETE_DEFAULT = { changes: [{ op: 'delete_route', destination: 'default' }] };

const Change = z.looseObject({ id: z.string(), expires_at: z.string().optional() });
const Guard = z.object({ process: z.object({ pid: z.number() }), deadline_ns: z.string() });

const hasDefault = async (sandbox: Sandbox) => (await sandbox.routes()).some((route) => route.startsWith('default'));

/** Makes a change that takes itself back. @returns Its id. */
async function arm(wire: Wire, seconds: number, changes: Record<string, unknown>[] = DELETE_DEFAULT.changes): Promise<string> {
  const { structuredContent, content } = await wire.call('apply_changes', { changes, confirm_within_seconds: seconds });
  return Change.parse(structuredContent?.['change'], { error: () => content?.[0]?.text ?? '' }).id;
}

async function guardOf(sandbox: Sandbox, id: string): Promise<z.infer<typeof Guard>> {
  return Guard.parse(JSON.parse(await sandbox.sh(`cat /run/netns-mcp/changes/*-${id}/guard.json`)));
}

/** How long until it acts, on the clock that all processes of this boot share. */
const untilDeadline = ({ deadline_ns }: z.infer<typeof Guard>) => Number(BigInt(deadline_ns) - process.hrtime.bigint()) / 1e6;

async function stateOf(sandbox: Sandbox, id: string): Promise<string> {
  return (await sandbox.sh(`basename /run/netns-mcp/changes/*-${id}/state.* | sed s/state.//`)).trim();
}

async function killServer({ started }: Wire): Promise<void> {
  process.kill(started.pid, 'SIGKILL');
  await started.ended;
}

/** Sees that the route is away until the deadline, and back a moment after it. */
async function seesItComeBack(sandbox: Sandbox, id: string): Promise<void> {
  const left = untilDeadline(await guardOf(sandbox, id));
  expect(left, 'there is time').toBeGreaterThan(400);
  await sleep(left - 300);
  expect(await hasDefault(sandbox), 'not before its time').toBe(false);
  await until('the route is back', () => hasDefault(sandbox), 4_000);
  expect(untilDeadline(await guardOf(sandbox, id))).toBeLessThan(0);
  await until('and the journal says so', async () => (await stateOf(sandbox, id)) === 'undone');
}

describe.concurrent('without a word', () => {
  test('the default route comes back after 3 s, and not before, though the server was killed', async ({ sandbox }) => {
    await sandbox.sh(CONNECTED);
    const before = await dump(sandbox);
    const wire = await Wire.open(sandbox);
    const id = await arm(wire, 3);
    await killServer(wire);
    expect(await hasDefault(sandbox)).toBe(false);
    await seesItComeBack(sandbox, id);
    expectSame(await dump(sandbox), before);
  });

  test('a server that ends with its input, as clients end it, leaves the guard at work', async ({ sandbox }) => {
    await sandbox.sh(CONNECTED);
    const wire = await Wire.open(sandbox);
    const id = await arm(wire, 3);
    await wire.end();
    await seesItComeBack(sandbox, id);
  });

  test('the guard outlives the hang-up of its session and a full disk', async ({ sandbox }) => {
    await sandbox.sh(`${CONNECTED}; mkdir -p /run/netns-mcp; mount -t tmpfs -o size=1m tmpfs /run/netns-mcp`);
    const wire = await Wire.open(sandbox);
    const id = await arm(wire, 3);
    const { process: guard } = await guardOf(sandbox, id);
    await sandbox.sh(`kill -HUP ${guard.pid}; cat /dev/zero >/run/netns-mcp/filler 2>/run/filler.log || true`);
    await killServer(wire);
    await seesItComeBack(sandbox, id);
  });

  test('one that is asked to end takes the change back at once', async ({ sandbox }) => {
    await sandbox.sh(CONNECTED);
    const id = await arm(await Wire.open(sandbox), 600);
    await sandbox.sh(`kill -TERM ${(await guardOf(sandbox, id)).process.pid}`);
    await until('the route is back', () => hasDefault(sandbox));
    await until('and the journal says so', async () => (await stateOf(sandbox, id)) === 'undone');
  });
});

describe.concurrent('a guard that was killed', () => {
  const killGuard = async (sandbox: Sandbox, id: string) => {
    await sandbox.sh(`kill -KILL ${(await guardOf(sandbox, id)).process.pid}`);
    await until(
      'the guard has ended',
      async () => (await sandbox.run(['sh', '-c', `grep -q netns-mcp /proc/${(await guardOf(sandbox, id)).process.pid}/cmdline`])).exitCode !== 0,
    );
  };

  test('in time: the next change of another server starts it anew, and the deadline holds', async ({ sandbox, rooms }) => {
    await sandbox.sh(CONNECTED);
    const id = await arm(await Wire.open(sandbox), 6);
    const { deadline_ns } = await guardOf(sandbox, id);
    await killGuard(sandbox, id);
    await rooms.change('create_namespace', { name: 'ns1' });
    expect((await guardOf(sandbox, id)).deadline_ns).toBe(deadline_ns);
    expect(await stateOf(sandbox, id)).toBe('armed');
    await seesItComeBack(sandbox, id);
  });

  test('after its time: the next change of the server that armed it takes it back first', async ({ sandbox }) => {
    await sandbox.sh(CONNECTED);
    const wire = await Wire.open(sandbox);
    const id = await arm(wire, 1);
    await killGuard(sandbox, id);
    await sleep(1_200);
    expect(await hasDefault(sandbox)).toBe(false);
    expect((await wire.call('create_namespace', { name: 'ns1' })).isError ?? false).toBe(false);
    expect(await hasDefault(sandbox)).toBe(true);
    expect(await stateOf(sandbox, id)).toBe('undone');
  });

  test('and doctor sees to it as well', async ({ sandbox, rooms }) => {
    await sandbox.sh(CONNECTED);
    const id = await arm(await Wire.open(sandbox), 1);
    await killGuard(sandbox, id);
    await sleep(1_200);
    expect(await rooms.recover()).toMatchObject([{ id, left: [] }]);
    expect(await hasDefault(sandbox)).toBe(true);
  });
});

describe.concurrent('confirmed', () => {
  test('it stays, and shows in the journal until then', async ({ sandbox }) => {
    await sandbox.sh(CONNECTED);
    const wire = await Wire.open(sandbox);
    const id = await arm(wire, 3);
    const armed = await wire.call('list_changes');
    expect(armed.structuredContent?.['changes']).toMatchObject([{ id, state: 'armed', expires_at: expect.any(String) }]);
    const left = untilDeadline(await guardOf(sandbox, id));
    expect((await wire.call('confirm_change', { id })).structuredContent).toMatchObject({ changed: true, change: { id, state: 'confirmed' } });
    await killServer(wire);
    await sleep(left + 500);
    expect(await hasDefault(sandbox)).toBe(false);
    expect(await stateOf(sandbox, id)).toBe('confirmed');
    await until('the guard has gone', async () => (await sandbox.run(['pgrep', '-f', `guard ${id}`])).exitCode !== 0);
  });

  test('twice is once', async ({ sandbox }) => {
    await sandbox.sh(CONNECTED);
    const wire = await Wire.open(sandbox);
    const id = await arm(wire, 60);
    await wire.call('confirm_change', { id });
    expect((await wire.call('confirm_change', { id })).structuredContent).toMatchObject({ changed: false, change: { state: 'confirmed' } });
  });

  test('too late, it says what became of the change', async ({ sandbox }) => {
    await sandbox.sh(CONNECTED);
    const wire = await Wire.open(sandbox);
    const id = await arm(wire, 1);
    await until('it is taken back', async () => (await stateOf(sandbox, id)) === 'undone');
    const late = await wire.call('confirm_change', { id });
    expect(late._meta?.['netns-mcp/error']).toMatchObject({ code: 'CHANGE_STATE', message: expect.stringContaining('has been taken back') });
  });
});

/** Each in a namespace of its own, so that none waits for another. */
const RACES = 20;
const AT_ONCE = 5;

test('at the last moment, from another server: 20 races, each with one winner, and the answer says which', { timeout: 180_000 }, async ({ sandbox }) => {
  const [one, other] = [await Wire.open(sandbox), await Wire.open(sandbox)];
  const won: boolean[] = [];
  const race = async (n: number) => {
    await sandbox.sh(`ip netns add r${n}; ip -n r${n} link set dev lo up`);
    const id = await arm(one, 2, [{ op: 'add_route', namespace: `r${n}`, destination: '10.9.0.0/16', type: 'blackhole' }]);
    // The guard looks ten times a second: about then it acts.
    await sleep(Math.max(0, untilDeadline(await guardOf(sandbox, id)) - 40 + (n % 10) * 20));
    const answer = await other.call('confirm_change', { id });
    const isConfirmed = !(answer.isError ?? false);
    won.push(isConfirmed);
    if (!isConfirmed) expect(answer._meta?.['netns-mcp/error']).toMatchObject({ code: 'CHANGE_STATE', message: expect.stringMatching(/taken back/) });
    const end = isConfirmed ? 'confirmed' : 'undone';
    await until(`race ${n} ends as ${end}`, async () => (await stateOf(sandbox, id)) === end);
    expect(await sandbox.routes(`r${n}`), `race ${n}`).toEqual(isConfirmed ? ['blackhole 10.9.0.0/16'] : []);
  };
  for (let first = 0; first < RACES; first += AT_ONCE) await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => race(first + i)));
  expect(won).toHaveLength(RACES);
});

describe.concurrent('what would cut somebody off', () => {
  test('is refused without confirm_within_seconds, and a dry run says why', async ({ sandbox }) => {
    await sandbox.sh(CONNECTED);
    const before = await dump(sandbox);
    const wire = await Wire.open(sandbox);
    for (const changes of [
      DELETE_DEFAULT.changes,
      [{ op: 'set_link', link: 'up0', up: false }],
      [{ op: 'delete_link', link: 'up0' }],
      [{ op: 'delete_address', link: 'up0', address: '10.0.0.1/24' }],
    ]) {
      const refused = await wire.call('apply_changes', { changes });
      expect(refused._meta?.['netns-mcp/error'], JSON.stringify(changes)).toMatchObject({
        code: 'CONFIRM_REQUIRED',
        message: expect.stringContaining('default route'),
      });
      const foreseen = await wire.call('apply_changes', { changes, dry_run: true });
      expect(foreseen.structuredContent?.['change']).toMatchObject({ cuts: [expect.stringContaining('default route')] });
    }
    expectSame(await dump(sandbox), before);
  });
});

/** Lets the wall clock of Node jump by so many milliseconds once the file is there. */
const JUMPING_CLOCK = (ms: number) => `
const { existsSync } = require('node:fs');
const Real = Date;
const now = () => Real.now() + (existsSync('/run/jumped') ? ${ms} : 0);
globalThis.Date = class extends Real {
  constructor(...args) { args.length > 0 ? super(...args) : super(now()); }
  static now() { return now(); }
};`;

describe.concurrent('a clock that is set', () => {
  const DAY_MS = 86_400_000;
  test.for([
    ['ahead', DAY_MS],
    ['back', -DAY_MS],
  ] as const)('%s neither hastens nor delays it', async ([, ms], { sandbox }) => {
    await sandbox.sh(CONNECTED);
    await sandbox.ok(['tee', '/run/clock.cjs'], { stdin: JUMPING_CLOCK(ms) });
    const server = await Rooms.open(sandbox, { NODE_OPTIONS: '--require /run/clock.cjs' });
    const { change } = await server.change('delete_route', { destination: 'default' }, 3);
    await sandbox.sh('touch /run/jumped');
    expect(await sandbox.sh('NODE_OPTIONS="--require /run/clock.cjs" node -p "Math.round((Date.now() - performance.timeOrigin) / 1e6)"')).toBe(
      `${Math.round(ms / 1e6)}\n`,
    );
    await seesItComeBack(sandbox, change.id ?? '');
  });
});
