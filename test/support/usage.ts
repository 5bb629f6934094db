/** Reads the CPU time of a running program, to the nanosecond, and its memory. */

import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * CPU time of all threads a process has now, in nanoseconds (first figure of /proc/PID/task/TID/schedstat). utime and
 * stime of /proc/PID/stat come in ticks of 10 ms. A thread that runs is brought up to date at its next switch or tick.
 */
export function readCpuNs(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  return threads.reduce((sum, tid) => sum + readThreadCpuNs(`/proc/${pid}/task/${tid}/schedstat`), 0);
}

function readThreadCpuNs(path: string): number {
  try {
    return Number.parseInt(readFileSync(path, "utf8"), 10);
  } catch {
    return 0; // The thread has exited since the directory was read.
  }
}

/**
 * How long the main thread was ready to run and had no CPU since it started, in nanoseconds: the second figure of its
 * schedstat.
 */
export function readWaitNs(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, "utf8").split(" ")[1] ?? NaN);
}

const pauseMs = 100;

/**
 * CPU time of a process, read when it rests: it uses no more than 1 % of a core during a pause, or `limitMs` have
 * passed.
 */
export async function readRestingCpuNs(pid: number, limitMs = 3000): Promise<number> {
  let now = readCpuNs(pid);
  for (let waited = 0; waited < limitMs; waited += pauseMs) {
    await sleep(pauseMs);
    const before = now;
    now = readCpuNs(pid);
    if (now - before <= pauseMs * 1e4) break;
  }
  return now;
}

/** Resident memory in bytes: now, and at its peak. */
export function readMemory(pid: number): { readonly rss: number; readonly peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const bytesOf = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1] ?? NaN) * 1024;
  return { rss: bytesOf("VmRSS"), peak: bytesOf("VmHWM") };
}
