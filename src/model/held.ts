// Owning several resources at once: a stand-in for DisposableStack, which Node 20 lacks.

/** Disposes all that it was given, the last first; a failure does not keep the others from being disposed. */
export class Held implements Disposable {
  readonly #resources: Disposable[] = [];

  keep<T extends Disposable>(resource: T): T {
    this.#resources.push(resource);
    return resource;
  }

  [Symbol.dispose](): void {
    let failure: { error: unknown } | null = null;
    for (const resource of this.#resources.splice(0).reverse()) {
      try {
        resource[Symbol.dispose]();
      } catch (error) {
        failure = { error };
      }
    }
    if (failure) throw failure.error;
  }
}
