/** The time of the boot by the machine's clock. It changes when the clock is set; /proc counts start times from it, in ticks. */

import type { ProcReader } from "./read.ts";

export interface BootTime {
  /** Seconds since 1970. */
  readonly seconds: number;
  /** Reads it again. Where that fails, the old value stays. */
  refresh(): void;
}

/** @throws ExporterError PROC_UNREADABLE, PROC_TEXT */
export function createBootTime(proc: Pick<ProcReader, "readBootTime">): BootTime {
  let seconds = proc.readBootTime();
  return {
    get seconds() {
      return seconds;
    },
    refresh() {
      try {
        seconds = proc.readBootTime();
      } catch {
        // No error: it could be read at the start, and the old value is nearly always still right.
      }
    },
  };
}
