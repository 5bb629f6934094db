/**
 * Processes of several threads that exited a moment ago. Two threads that exit at the same time on two CPUs may send their records in
 * either order, so that a thread's record may come after the record that is marked as the process's last.
 */

import type { Clock } from "../../base/clock.ts";
import type { Process } from "../groups/process.ts";
import { btimeErrorUs, type ProcessMark } from "./exit-record.ts";

export interface Lingering {
  /** @param last what its last record says of it */
  add(process: Process, last: ProcessMark): void;
  /** The process of this id, if it exited a moment ago, and the record of a thread may be one of its own. */
  find(tgid: number, late: ProcessMark): Process | undefined;
  /** Forgets the processes whose time is over. */
  expire(): void;
}

export interface LingeringOptions {
  readonly clock: Clock;
  readonly onExpired: (process: Process) => void;
}

/** Far longer than a record can be late, and far shorter than it takes until an id is given out again. */
const lingerUs = 200_000;

/**
 * True unless a record cannot be of the same process. Where records wait in the queue, those of the next process of the same id may be
 * handled at once after the last one of the former. They are told apart by program, start and age.
 */
function mayBeSame(last: ProcessMark, late: ProcessMark): boolean {
  const differs =
    Math.abs(last.ageUs - late.ageUs) > lingerUs ||
    Math.abs(last.startUs - late.startUs) > btimeErrorUs ||
    last.program !== late.program;
  return !differs || Number.isNaN(last.ageUs);
}

export function createLingering({ clock, onExpired }: LingeringOptions): Lingering {
  const exited = new Map<number, { readonly process: Process; readonly last: ProcessMark; readonly untilUs: number }>();

  function expire(): void {
    const nowUs = clock.monotonicUs();
    for (const [tgid, { process, untilUs }] of exited) {
      if (untilUs > nowUs) return;
      exited.delete(tgid);
      onExpired(process);
    }
  }

  return {
    add(process, last) {
      expire();
      const former = exited.get(process.tgid);
      if (former !== undefined) {
        // Deleted before it is set again: a map keeps the place of an existing key, and the oldest entry must come first.
        exited.delete(process.tgid);
        onExpired(former.process);
      }
      exited.set(process.tgid, { process, last, untilUs: clock.monotonicUs() + lingerUs });
    },
    find(tgid, late) {
      const former = exited.get(tgid);
      return former !== undefined && mayBeSame(former.last, late) ? former.process : undefined;
    },
    expire,
  };
}
