// One change at a time in each namespace, and no lock wider than that.

/** Locks by key within this process. Several keys are taken in one fixed order, so that two changes never wait for each other. */
export class Locks {
  readonly #tails = new Map<string, Promise<void>>();

  /** Waits for all keys, and holds them until disposed. `waited`: somebody else had one of them, and may have changed what was seen before. */
  async acquire(keys: Iterable<string>): Promise<Disposable & { waited: boolean }> {
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
      waited ||= before !== undefined;
      await before;
    }
    return {
      waited,
      [Symbol.dispose]: () => {
        for (const release of releases) release();
      },
    };
  }
}
