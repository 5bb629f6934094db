/** Order among asynchronous work: one at a time, and one for all who ask together. */

export interface Turns {
  /** Runs `work` when all that was given before has ended, whether it failed or not. */
  take<T>(work: () => Promise<T>): Promise<T>;
}

export function createTurns(): Turns {
  let last: Promise<unknown> = Promise.resolve();
  return {
    take(work) {
      const result = last.then(work);
      last = result.catch(() => undefined);
      return result;
    },
  };
}

/** `work` under a promise that all callers share until it has settled. */
export function shared<T>(work: () => Promise<T>): () => Promise<T> {
  let current: Promise<T> | undefined;
  return () => (current ??= work().finally(() => (current = undefined)));
}
