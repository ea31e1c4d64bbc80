// After a crash: what a server that is gone had begun is taken back, at the next change or by `doctor`, never by merely starting.
import type { ChangeEngine } from '../engine.js';
import type { Guard } from '../journal/records.js';
import { clearDeadLocks } from '../journal/server-locks.js';
import { armGuard, isGuarded } from './guard.js';
import type { ChangeEntry } from './record.js';
import { takeBack } from './undo.js';

/** What was found and done, for a person. */
export interface Recovered {
  id: string;
  summary: string;
  /** What could not be brought back; none when all is as it was. */
  left: string[];
}

/** True when nobody will bring the change to its end any more. */
function isOrphan(entry: ChangeEntry): boolean {
  switch (entry.state()) {
    case 'running':
      return entry.serverLiveness() === 'dead' && !isGuarded(entry);
    case 'armed':
      return !isGuarded(entry);
    case 'undoing':
      // Whoever is at it holds the locks.
      return true;
    default:
      return false;
  }
}

/** There is still time to confirm: another guard takes the place of the one that was ended. */
async function isGuardedAgain(engine: ChangeEngine, entry: ChangeEntry, guard: Guard): Promise<boolean> {
  try {
    await armGuard(entry, engine.options);
    entry.writeGuard({ ...guard, process: entry.guard()?.process ?? guard.process });
    return true;
  } catch {
    // Unguarded it must not stay.
    return false;
  }
}

async function recoverOne(engine: ChangeEngine, entry: ChangeEntry): Promise<Recovered | null> {
  if (!entry.isOfThisBoot) {
    entry.transition(['running', 'armed', 'undoing'], 'failed');
    return null;
  }
  if (!isOrphan(entry)) return null;
  using _ = await engine.lock(entry.plan.body.locks);
  if (!isOrphan(entry)) return null;
  const { id } = entry;
  const { summary } = entry.plan;
  const guard = entry.state() === 'armed' ? entry.guard() : null;
  if (guard && process.hrtime.bigint() < BigInt(guard.deadline_ns) && (await isGuardedAgain(engine, entry, guard))) return null;
  const why = guard ? 'not confirmed' : 'server ended';
  const { won, left } = await takeBack(entry, engine.options, { from: ['running', 'armed'], why, to: guard ? 'undone' : 'failed', resumes: true });
  return won ? { id, summary, left } : null;
}

/** Takes back all that was left half done, the newest first. */
export async function recover(engine: ChangeEngine): Promise<Recovered[]> {
  const { entries } = engine.options.journal.list(['running', 'armed', 'undoing']);
  const recovered: Recovered[] = [];
  for (const entry of entries.toReversed()) {
    const one = await recoverOne(engine, entry);
    if (one) recovered.push(one);
  }
  await clearDeadLocks(engine.options.stateDirectory);
  return recovered;
}
