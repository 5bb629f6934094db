/** Order among asynchronous work: one at a time, and one for all who ask together. */

export interface Mutex {
  /** Runs `work` when all that was given before has ended, whether it failed or not. */
  runExclusive<T>(work: () => Promise<T>): Promise<T>;
  /** Takes a turn for `work` that all share who ask before it begins: it has seen what happened before each of them asked. */
  share<T>(work: () => Promise<T>): () => Promise<T>;
}

export function createMutex(): Mutex {
  let last: Promise<unknown> = Promise.resolve();

  function runExclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = last.then(work);
    // Not the result itself: it would be kept until the next one.
    last = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }

  return {
    runExclusive,
    share<T>(work: () => Promise<T>) {
      let next: Promise<T> | undefined;
      const begin = (): Promise<T> => {
        next = undefined;
        return work();
      };
      return () => (next ??= runExclusive(begin));
    },
  };
}

/** `work` under a promise that all callers share until it has settled. */
export function shareInFlight<T>(work: () => Promise<T>): () => Promise<T> {
  let current: Promise<T> | undefined;
  return () => (current ??= work().finally(() => (current = undefined)));
}
