/**
 * Whether the kernel accounts delays, and of which processes: a task that was forked while the switch was off never gets
 * figures of the kinds other than cpu. Source: kernel/delayacct.c.
 */

import type { Clock } from "../base/clock.ts";
import type { ProcReader } from "../procfs/read.ts";
import type { Process } from "./groups/process.ts";

export interface Delayacct {
  /** Delays of what is started now are accounted, as of the last `refresh`. */
  readonly enabled: boolean;
  /** Reads the switch anew. */
  refresh(): void;
  /** True for a live process whose delays are not accounted, as far as can be told. */
  isMissing(process: Process): boolean;
}

/** Undefined where it cannot be read, and before 5.14, where there is no such sysctl. */
function readSwitch(proc: ProcReader): boolean | undefined {
  const value = proc.readText("sys/kernel/task_delayacct");
  return value === undefined ? undefined : value.trim() !== "0";
}

/** Without the sysctl, delays are accounted unless the kernel was started with `nodelayacct`. */
const readBootParameter = (proc: ProcReader): boolean =>
  !(proc.readText("cmdline") ?? "").split(/\s+/).includes("nodelayacct");

export function createDelayacct(proc: ProcReader, clock: Clock): Delayacct {
  let enabled = readSwitch(proc) ?? readBootParameter(proc);
  /** When the switch was seen to go on; what had been started by then was started while it was off. */
  let enabledSinceUs = -Infinity;

  return {
    get enabled() {
      return enabled;
    },
    refresh() {
      // A look that failed leaves it as it was, as a kernel without the sysctl does for ever.
      const now = readSwitch(proc) ?? enabled;
      if (now && !enabled) enabledSinceUs = clock.monotonicUs();
      enabled = now;
    },
    isMissing({ delays, startUs = Infinity }) {
      if (!enabled) return true;
      if (delays !== "unknown") return delays === "missing";
      return startUs < enabledSinceUs;
    },
  };
}
