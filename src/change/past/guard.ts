// Commit-confirm: a process of its own that takes a change back unless it is confirmed in time, whatever becomes of the server.
import { setTimeout as sleep } from 'node:timers/promises';
import { startDetached } from '../../exec/run.js';
import { NetnsError } from '../../model/errors.js';
import type { ChangeEngine, ChangeEngineOptions } from '../engine.js';
import { livenessOf, ownIdentity } from '../journal/process-identity.js';
import type { Guard } from '../journal/records.js';
import type { ChangeEntry } from './record.js';
import { takeBack } from './undo.js';

/** A guard that waits looks this often whether it is still wanted. */
const LOOK_MS = 100;
/** Another change may be at work on the same namespace; after so many tries the guard no longer waits for it. */
const LOCK_TRIES = 3;

/** The end of so many seconds from now: on the clock that nobody can set (clock_gettime(2), CLOCK_MONOTONIC), and for people. */
function deadlineIn(seconds: number): Pick<Guard, 'deadline_ns' | 'expires_at'> {
  return {
    deadline_ns: String(process.hrtime.bigint() + BigInt(seconds) * 1_000_000_000n),
    expires_at: new Date(Date.now() + seconds * 1000).toISOString(),
  };
}

/**
 * Starts the guard of a change, before its first step.
 * @throws NetnsError CHANGE_FAILED when there can be none: then nothing may be changed.
 */
export async function armGuard(entry: ChangeEntry, { guardCommand = null }: Pick<ChangeEngineOptions, 'guardCommand'>): Promise<void> {
  try {
    if (guardCommand === null) throw new Error('there is no program for it');
    await startDetached(guardCommand(entry.id), process.env);
  } catch (error) {
    entry.transition(['running'], 'failed');
    const why = error instanceof Error ? error.message : String(error);
    throw new NetnsError(
      'CHANGE_FAILED',
      `The guard that would take the change back could not be started: ${why}. Nothing was changed.`,
      'Try again; without confirm_within_seconds no guard is needed.',
      {},
      error,
    );
  }
}

/** The change is made: from now on its time runs. @returns When it ends, for people. */
export function startCountdown(entry: ChangeEntry, seconds: number): string {
  const deadline = deadlineIn(seconds);
  const guard = entry.guard();
  // The guard goes by the time that it has counted itself, when this cannot be written.
  entry.writeGuard({ process: guard?.process ?? ownIdentity(), ...deadline });
  entry.transition(['running'], 'armed');
  return deadline.expires_at;
}

/** True while a process watches over the change. */
export function isGuarded(entry: ChangeEntry): boolean {
  const guard = entry.guard();
  return guard !== null && livenessOf(guard.process) !== 'dead';
}

export interface GuardEnd {
  isDone: boolean;
  sentence: string;
}

/** The locks of a change; null when others hold them for too long, or they cannot be taken: a guard acts all the same. */
async function lockOrNot(engine: ChangeEngine, entry: ChangeEntry): Promise<Disposable | null> {
  for (let tries = 0; tries < LOCK_TRIES; tries++) {
    try {
      return await engine.lock(entry.plan.body.locks);
    } catch {
      await sleep(LOOK_MS);
    }
  }
  return null;
}

/**
 * Watches over one change until it is confirmed, undone, or its time is up. When it is asked to end (SIGTERM), as when the session that it belongs to
 * is ended by force, it acts at once: nobody could confirm any more, or would be guarded.
 * @param ready Called once everything that it needs is there.
 */
export async function keepGuard(engine: ChangeEngine, id: string, ready: () => void): Promise<GuardEnd> {
  const entry = engine.options.journal.find(id);
  const seconds = entry?.plan.confirm_within_seconds ?? null;
  if (!entry || seconds === null) return { isDone: false, sentence: `there is no change ${id} that waits to be confirmed` };
  const own = deadlineIn(seconds);
  entry.writeGuard({ process: ownIdentity(), ...own });
  let isAskedToEnd = false;
  process.on('SIGTERM', () => {
    isAskedToEnd = true;
  });
  ready();
  for (;;) {
    const state = entry.state();
    if (state === 'armed' && (isAskedToEnd || process.hrtime.bigint() >= BigInt(deadlineOf(entry, own)))) {
      using _ = await lockOrNot(engine, entry);
      await takeBack(entry, engine.options, { from: ['armed'], why: 'not confirmed' });
    } else if (state === 'running' && entry.serverLiveness() === 'dead') {
      using _ = await lockOrNot(engine, entry);
      await takeBack(entry, engine.options, { from: ['running'], why: 'server ended', to: 'failed' });
    } else if (state !== 'armed' && state !== 'running') {
      return { isDone: true, sentence: `change ${id} is ${state ?? 'no longer in the journal'}` };
    } else {
      await sleep(LOOK_MS);
    }
  }
}

function deadlineOf(entry: ChangeEntry, own: Pick<Guard, 'deadline_ns'>): string {
  try {
    return entry.guard()?.deadline_ns ?? own.deadline_ns;
  } catch {
    return own.deadline_ns;
  }
}
