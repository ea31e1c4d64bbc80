// Locks across the servers of one host, so that two of them never change the same namespace at once; they do not outlive their holder.
import { closeSync, openSync, readdirSync, readlinkSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeFolder } from '../../exec/folder.js';
import { completed, run } from '../../exec/run.js';
import { fail } from '../../model/errors.js';
import { fileNameOf } from './lock-name.js';
import { identityInTag, type Liveness, livenessOf, ownTag } from './process-identity.js';
import { systemCode, writing } from './unwritable.js';

/** Locks that are held until disposed. */
export interface ServerLocks extends Disposable {
  /** Somebody else had one of them meanwhile, and may have changed what was seen before. */
  waited: boolean;
  /** One was taken from a server that ended while it held it: what that server was doing may be half done. */
  tookOver: boolean;
}

/** Between two looks at a lock that another holds, at least and at most: by chance, so that waiting servers do not keep step. */
const LOOK_AGAIN_MS = [10, 25] as const;

let taken = 0;

/**
 * Takes the locks of all keys, in one fixed order so that two servers never wait for each other. A lock is a symbolic link whose target names its
 * holder: symlink(2) makes both at once, or fails because one is there.
 * @param waitMs How long to wait for other servers, all keys together.
 * @throws NetnsError CANCELLED, CHANGE_BUSY, STATE_UNWRITABLE: then none is held.
 */
export async function acquireServerLocks(
  stateDirectory: string,
  keys: Iterable<string>,
  signal: AbortSignal | undefined,
  waitMs: number,
): Promise<ServerLocks> {
  const folder = join(stateDirectory, 'locks');
  // Tells what this call holds from what another of this process does.
  const mark = `${ownTag()}.${++taken}`;
  const held: string[] = [];
  const locks: ServerLocks = {
    waited: false,
    tookOver: false,
    [Symbol.dispose]: () => {
      for (const file of held.splice(0).reverse()) release(file, mark);
    },
  };
  const deadline = performance.now() + waitMs;
  try {
    writing('The folder of locks could not be made, and nothing was changed', folder, () => makeFolder(folder));
    for (const key of [...new Set(keys)].sort()) {
      const file = join(folder, fileNameOf(key));
      while (!take(file, mark)) {
        locks.waited = true;
        const holder = holderOf(file);
        if (holder === null) continue;
        const liveness = judge(holder);
        if (signal?.aborted) refuseCancelled();
        if (performance.now() >= deadline) refuseBusy({ key, file, holder, liveness, waitMs });
        if (liveness !== 'dead') await pause(signal);
        else if (await takeOver(folder, { file, from: holder, mark }, signal)) {
          locks.tookOver = true;
          break;
        }
      }
      held.push(file);
    }
    return locks;
  } catch (error) {
    locks[Symbol.dispose]();
    throw error;
  }
}

function deadLocks(folder: string): { file: string; holder: string }[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    const file = join(folder, name);
    const holder = holderOf(file);
    return holder !== null && holder !== '' && judge(holder) === 'dead' ? [{ file, holder }] : [];
  });
}

/** True when a server has ended while it held a lock: what it was doing may be half done. */
export function isAnyLockLeft(stateDirectory: string): boolean {
  return deadLocks(join(stateDirectory, 'locks')).length > 0;
}

/** Takes away the locks of servers that have ended: once what they were doing is taken back they stand for nothing. */
export async function clearDeadLocks(stateDirectory: string): Promise<void> {
  const folder = join(stateDirectory, 'locks');
  for (const { file, holder } of deadLocks(folder)) {
    const mark = `${ownTag()}.${++taken}`;
    if (await takeOver(folder, { file, from: holder, mark }, undefined)) release(file, mark);
  }
}

/** @returns False when somebody holds it. */
function take(file: string, mark: string): boolean {
  return writing('A lock could not be taken, and nothing was changed', file, () => {
    try {
      symlinkSync(mark, file);
      return true;
    } catch (error) {
      if (systemCode(error) === 'EEXIST') return false;
      throw error;
    }
  });
}

/** What the lock says of its holder: empty for what is no lock of ours, null when nobody holds it any more. */
function holderOf(file: string): string | null {
  try {
    return readlinkSync(file);
  } catch (error) {
    return systemCode(error) === 'ENOENT' ? null : '';
  }
}

function judge(holder: string): Liveness {
  const identity = identityInTag(holder);
  return identity === null ? 'unknown' : livenessOf(identity);
}

/**
 * Takes a lock from a holder that has ended. Only one process does so at a time: flock(2) on a file of its own sees to that, and the kernel ends
 * it with the process. Node has no call for it, but flock(1) locks our open file description, which stays locked when flock(1) has ended.
 * @returns False when another was quicker.
 */
async function takeOver(folder: string, lock: { file: string; from: string; mark: string }, signal: AbortSignal | undefined): Promise<boolean> {
  const guard = join(folder, '.takeover');
  const fd = writing('A lock could not be taken over, and nothing was changed', folder, () => openSync(guard, 'a', 0o600));
  try {
    const { exitCode } = completed(await run(['flock', '--exclusive', '--timeout', '5', '3'], { descriptors: [fd], signal }));
    if (exitCode !== 0 || holderOf(lock.file) !== lock.from) return false;
    writing('A lock could not be taken over, and nothing was changed', folder, () => unlinkSync(lock.file));
    return take(lock.file, lock.mark);
  } finally {
    closeSync(fd);
  }
}

function release(file: string, mark: string): void {
  if (holderOf(file) !== mark) return;
  try {
    unlinkSync(file);
  } catch {
    // Then it ends with this process.
  }
}

async function pause(signal: AbortSignal | undefined): Promise<void> {
  const [least, most] = LOOK_AGAIN_MS;
  // When it is aborted, the next round says so.
  await sleep(least + Math.random() * (most - least), undefined, signal && { signal }).catch(() => {});
}

function refuseCancelled(): never {
  return fail('CANCELLED', 'The call was cancelled while it waited for another server. Nothing was done.', 'Call it again if it is still wanted.');
}

function refuseBusy({ key, file, holder, liveness, waitMs }: { key: string; file: string; holder: string; liveness: Liveness; waitMs: number }): never {
  const pid = identityInTag(holder)?.pid ?? null;
  const who = pid === null ? 'Another server' : `Another server, process ${pid}${liveness === 'unknown' ? ' of another PID namespace' : ''},`;
  return fail(
    'CHANGE_BUSY',
    `${who} is changing the same namespace, and did not finish within ${waitMs} ms. Nothing was done.`,
    liveness === 'unknown' ? `Whether it still runs cannot be told from here: try again, or remove ${file} if it is gone.` : 'Try again in a moment.',
    { key, pid, lock: file, holder: liveness },
  );
}
