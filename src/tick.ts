/** How often this kernel brings a running thread's CPU time up to date. */

import { readFileSync } from "node:fs";
import { readTickNs } from "./netlink/libc.ts";

/** A CPU without ticks (`nohz_full=`) is looked after by another one, once in a second: sched_tick_remote(). */
const ticklessNs = 1e9;

/** `(null)` or nothing where there is none, and no file where the kernel cannot do that. */
function hasTicklessCpus(path: string): boolean {
  try {
    return /^\d/.test(readFileSync(path, "utf8"));
  } catch {
    return false;
  }
}

/** The longest time between two timer ticks of a CPU that runs a thread, in nanoseconds. */
export function readLongestTickNs(nohzFull = "/sys/devices/system/cpu/nohz_full"): number {
  return hasTicklessCpus(nohzFull) ? ticklessNs : readTickNs();
}
