// A process that uses the journal or the locks of a state directory. Arguments: what to do, the state directory, and what that needs.
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { Journal } from '../../src/change/journal/journal.js';
import { acquireServerLocks } from '../../src/change/journal/server-locks.js';
import { toNetnsError } from '../../src/model/errors.js';

const [mode, state = '', ...args] = process.argv.slice(2);
const journal = new Journal(state, { plan: z.unknown(), outcome: z.unknown() });
const say = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);

function planned(id: string) {
  return { id, tool: 'add_route', summary: 'Adds a route.', confirm_within_seconds: null, body: { filler: 'x'.repeat(200) } };
}

const MODES: Record<string, () => Promise<void> | void> = {
  /** Begins a change and goes no further. */
  async begin() {
    const entry = journal.begin(planned(args[0] ?? ''));
    say({ began: entry.id });
    await sleep(60_000);
  },
  /** Begins one change, tells what became of it, and ends. */
  once() {
    say({ began: journal.begin(planned(args[0] ?? '')).id });
  },
  /** Tries to give a change another state, and then an outcome. */
  finish() {
    const entry = journal.find(args[0] ?? '');
    const transition = entry?.transition(['running'], 'undoing');
    try {
      entry?.writeOutcome({});
      say({ transition, outcome: 'written' });
    } catch (error) {
      say({ transition, outcome: toNetnsError(error).code });
    }
  },
  /** Makes changes until it is ended; tells each one that was begun, once it was. */
  storm() {
    for (let n = 0; ; n++) {
      const entry = journal.begin(planned(`${args[0]}-${n}`));
      writeFileSync(1, `${entry.id}\n`);
      entry.writeOutcome({ n });
      entry.transition(['running'], 'applied');
    }
  },
  /** Wants the state of one entry after the other, each at a moment that others want it too. Tells which it won. */
  race() {
    const [to, start = '0'] = args;
    const won: string[] = [];
    const lost: unknown[] = [];
    journal.list().entries.forEach((entry, n) => {
      const moment = BigInt(start) + BigInt(n) * 1_500_000n;
      while (process.hrtime.bigint() < moment);
      const result = entry.transition(['armed'], to === 'confirmed' ? 'confirmed' : 'undoing');
      if (result.won) won.push(entry.id);
      else lost.push(result.state);
    });
    say({ won, lost });
  },
  /** Takes locks and keeps them. */
  async hold() {
    await acquireServerLocks(state, args, undefined, 1_000);
    say('held');
    await sleep(60_000);
  },
  /** Takes locks and tells how it came to them. */
  async 'once-locked'() {
    using locks = await acquireServerLocks(state, args, undefined, 10_000);
    say({ waited: locks.waited, tookOver: locks.tookOver });
  },
  /** Counts one up in a file, over and over, each time under the lock; `die` never gives the last one back. */
  async count() {
    const [file = '', rounds = '0', ending] = args;
    for (let n = 1; n <= Number(rounds); n++) {
      const locks = await acquireServerLocks(state, ['counter'], undefined, 30_000);
      const value = Number(readFileSync(file, 'utf8'));
      await sleep(1);
      writeFileSync(file, String(value + 1));
      if (ending === 'die' && n === Number(rounds)) process.kill(process.pid, 'SIGKILL');
      locks[Symbol.dispose]();
    }
  },
};

try {
  await MODES[mode ?? '']?.();
} catch (error) {
  say({ error: toNetnsError(error).toValue() });
  process.exitCode = 1;
}
