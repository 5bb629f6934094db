/**
 * Processes of several threads that exited a moment ago. Two threads that exit at the same time on two CPUs may send their records in
 * either order, so that a thread's record may come after the record that is marked as the process's last.
 */

import type { Clock } from "../../base/clock.ts";
import type { Process } from "../groups/process.ts";

export interface Lingering {
  add(process: Process): void;
  /** The process of this id, if it exited a moment ago. */
  find(tgid: number): Process | undefined;
  /** Forgets the processes whose time is over. */
  expire(): void;
}

export interface LingeringOptions {
  readonly clock: Clock;
  readonly onExpired: (process: Process) => void;
}

/** Far longer than a record can be late, and far shorter than it takes until an id is given out again. */
const lingerUs = 200_000;

export function createLingering({ clock, onExpired }: LingeringOptions): Lingering {
  const exited = new Map<number, { readonly process: Process; readonly untilUs: number }>();

  function expire(): void {
    const nowUs = clock.monotonicUs();
    for (const [tgid, { process, untilUs }] of exited) {
      if (untilUs > nowUs) return;
      exited.delete(tgid);
      onExpired(process);
    }
  }

  return {
    add(process) {
      expire();
      const former = exited.get(process.tgid);
      if (former !== undefined) {
        // Deleted before it is set again: a map keeps the place of an existing key, and the oldest entry must come first.
        exited.delete(process.tgid);
        onExpired(former.process);
      }
      exited.set(process.tgid, { process, untilUs: clock.monotonicUs() + lingerUs });
    },
    find: (tgid) => exited.get(tgid)?.process,
    expire,
  };
}
