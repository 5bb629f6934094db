/**
 * Processes of several threads that ended a moment ago. Two threads that end at once on two CPUs may send their records in
 * either order, so that one may come after the record that is marked as the process's last.
 */

import type { Clock } from "../../base/clock.ts";
import type { Process } from "../groups/process.ts";

export interface Lingering {
  add(process: Process): void;
  /** The process of that id that ended less than a moment ago. */
  find(tgid: number): Process | undefined;
  /** Forgets those whose time is over. */
  expire(): void;
}

export interface LingeringOptions {
  readonly clock: Clock;
  readonly onExpired: (process: Process) => void;
}

/** Far longer than a CPU takes between two instructions, and far shorter than it takes for an id to be given out again. */
const lingerUs = 200_000;

export function createLingering({ clock, onExpired }: LingeringOptions): Lingering {
  const ended = new Map<number, { readonly process: Process; readonly untilUs: number }>();

  function expire(): void {
    const nowUs = clock.monotonicUs();
    for (const [tgid, { process, untilUs }] of ended) {
      if (untilUs > nowUs) return;
      ended.delete(tgid);
      onExpired(process);
    }
  }

  return {
    add(process) {
      expire();
      const former = ended.get(process.tgid);
      if (former !== undefined) {
        // Deleted first, since a map keeps the place of a key that it has, and the oldest must come first.
        ended.delete(process.tgid);
        onExpired(former.process);
      }
      ended.set(process.tgid, { process, untilUs: clock.monotonicUs() + lingerUs });
    },
    find: (tgid) => ended.get(tgid)?.process,
    expire,
  };
}
