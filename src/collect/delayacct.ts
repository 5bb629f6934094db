/**
 * Whether the kernel accounts delays, and of which processes. A task that was forked while the sysctl was off never has figures of
 * delays other than cpu. Source: kernel/delayacct.c.
 */

import type { Clock } from "../base/clock.ts";
import type { ProcReader } from "../procfs/read.ts";
import type { Process } from "./groups/process.ts";

export interface Delayacct {
  /** Whether delays of new tasks are accounted, as of the last `refresh`. */
  readonly enabled: boolean;
  /** Reads the sysctl again. */
  refresh(): void;
  /** True where the delays of a live process are not accounted, as far as is known. */
  isMissing(process: Process): boolean;
}

/** Undefined where the sysctl cannot be read, and before Linux 5.14, which does not have it. */
function readSysctl(proc: ProcReader): boolean | undefined {
  const value = proc.readText("sys/kernel/task_delayacct");
  return value === undefined ? undefined : value.trim() !== "0";
}

/** Without the sysctl, delays are accounted unless the kernel was started with `nodelayacct`. */
const readBootParameter = (proc: ProcReader): boolean =>
  !(proc.readText("cmdline") ?? "").split(/\s+/).includes("nodelayacct");

export function createDelayacct(proc: ProcReader, clock: Clock): Delayacct {
  let enabled = readSysctl(proc) ?? readBootParameter(proc);
  /** When the sysctl was first seen on after it had been off: processes that started before are not accounted. */
  let enabledSinceUs = -Infinity;

  return {
    get enabled() {
      return enabled;
    },
    refresh() {
      // Where the sysctl cannot be read this time, or does not exist, nothing changes.
      const now = readSysctl(proc) ?? enabled;
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
