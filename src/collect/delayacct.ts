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

/** Before 5.14 there is no sysctl, and delays are accounted unless the kernel was started with `nodelayacct`. */
function readSwitch(proc: ProcReader): boolean {
  const value = proc.readText("sys/kernel/task_delayacct");
  if (value !== undefined) return value.trim() !== "0";
  return !(proc.readText("cmdline") ?? "").split(/\s+/).includes("nodelayacct");
}

export function createDelayacct(proc: ProcReader, clock: Clock): Delayacct {
  let enabled = readSwitch(proc);
  /** When the switch was seen to go on; what had been started by then was started while it was off. */
  let enabledSinceUs = -Infinity;

  return {
    get enabled() {
      return enabled;
    },
    refresh() {
      const now = readSwitch(proc);
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
