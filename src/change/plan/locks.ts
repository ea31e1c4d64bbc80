// One change at a time in each namespace, and no lock wider than that.
import { fail } from '../../model/errors.js';

/** Locks by key within this process. Several keys are taken in one fixed order, so that two changes never wait for each other. */
export class Locks {
  readonly #tails = new Map<string, Promise<void>>();

  /**
   * Waits for all keys, and holds them until disposed. `waited`: somebody else had one of them, and may have changed what was seen before.
   * @throws NetnsError CANCELLED when the caller gives up while it waits: then it holds none.
   */
  async acquire(keys: Iterable<string>, signal?: AbortSignal): Promise<Disposable & { waited: boolean }> {
    const releases: (() => void)[] = [];
    let waited = false;
    for (const key of [...new Set(keys)].sort()) {
      const before = this.#tails.get(key);
      let resolve = () => {};
      const promise = new Promise<void>((settle) => {
        resolve = settle;
      });
      this.#tails.set(key, promise);
      releases.push(() => {
        if (this.#tails.get(key) === promise) this.#tails.delete(key);
        resolve();
      });
      if (before === undefined) continue;
      waited = true;
      if (await isAbortedBefore(before, signal)) {
        // Whoever waits for this key still has to wait for the one before.
        const own = releases.pop();
        void before.then(own);
        for (const release of releases) release();
        return fail(
          'CANCELLED',
          'The call was cancelled while it waited for another change of the same namespace. Nothing was done.',
          'Call it again if it is still wanted.',
        );
      }
    }
    return {
      waited,
      [Symbol.dispose]: () => {
        for (const release of releases) release();
      },
    };
  }
}

/** Waits for a promise. @returns True when the signal came first. */
async function isAbortedBefore(promise: Promise<void>, signal: AbortSignal | undefined): Promise<boolean> {
  if (signal === undefined) {
    await promise;
    return false;
  }
  const done = new AbortController();
  const aborted = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { signal: done.signal });
  });
  await Promise.race([promise, aborted]);
  done.abort();
  return signal.aborted;
}
