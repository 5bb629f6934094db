/**
 * Waits for work that a file system may hold up for ever, and gives up after a time. Work that was given up goes on, and occupies one of
 * the few threads of Node.js that read files; so no other is begun for the same key, nor any at all while too many go on.
 */

import type { Timer } from "../../base/timer.ts";

export interface BoundedWait {
  /** @returns the result of `work`; undefined where it was given up or not begun. @throws what `work` throws in time */
  run<T>(key: string, work: () => Promise<T>): Promise<T | undefined>;
}

export interface BoundedWaitOptions {
  readonly timer: Timer;
  readonly patienceMs: number;
  /** How many may go on after they were given up, before no other is begun. */
  readonly mostHanging: number;
}

export function createBoundedWait({ timer, patienceMs, mostHanging }: BoundedWaitOptions): BoundedWait {
  const hanging = new Set<string>();
  return {
    async run<T>(key: string, work: () => Promise<T>): Promise<T | undefined> {
      if (hanging.has(key) || hanging.size >= mostHanging) return undefined;
      const running = work();
      let cancel = (): void => undefined;
      const givenUp = new Promise<undefined>((resolve) => {
        cancel = timer(patienceMs, () => {
          hanging.add(key);
          resolve(undefined);
        });
      });
      const settled = (): void => {
        cancel();
        hanging.delete(key);
      };
      running.then(settled, settled);
      return Promise.race([running, givenUp]);
    },
  };
}
