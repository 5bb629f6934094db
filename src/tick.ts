/** How often this kernel updates the CPU time of a running thread. */

import { readFileSync } from "node:fs";
import { readTickNs } from "./netlink/libc.ts";

/** For a CPU without ticks (`nohz_full=`), another CPU does the update, once a second: sched_tick_remote(). */
const ticklessNs = 1e9;

/** The file holds a CPU list, or `(null)` or nothing where no CPU is tickless. It is missing where the kernel has no such CPUs. */
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
