/** Runs asynchronous work one at a time, and lets several callers share one run. */

export interface Mutex {
  /** Runs `work` after all work that was given before has ended, whether that succeeded or failed. */
  runExclusive<T>(work: () => Promise<T>): Promise<T>;
  /**
   * Wraps `work`: all calls that are made before a run begins share that run. A call that is made during a run gets the next one.
   * So a caller's run has always begun after the call, and has seen what happened before it.
   */
  share<T>(work: () => Promise<T>): () => Promise<T>;
}

export function createMutex(): Mutex {
  let last: Promise<unknown> = Promise.resolve();

  function runExclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = last.then(work);
    // The result itself is not kept: it would stay in memory until the next run.
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

/** Wraps `work`: all calls share the promise of the run that is in flight. The first call after it has settled begins a new run. */
export function shareInFlight<T>(work: () => Promise<T>): () => Promise<T> {
  let current: Promise<T> | undefined;
  return () => (current ??= work().finally(() => (current = undefined)));
}
