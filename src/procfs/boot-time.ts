/** When the machine was booted, by its clock: another time when the clock is set, since /proc gives starts in ticks since then. */

import type { ProcReader } from "./read.ts";

export interface BootTime {
  /** Since 1970. */
  readonly seconds: number;
  /** Reads it again. What cannot be read stays what it was. */
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
        // It has been readable before.
      }
    },
  };
}
