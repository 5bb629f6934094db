/** Looks at a forked process that may have given itself a title. */

import type { ProcReader } from "../procfs/read.ts";
import { readSnapshots, type ExecProcReader, type ReadOptions } from "./snapshot-reader.ts";
import type { Revisit } from "./exec-watcher.ts";
import type { Candidate } from "./revisit-schedule.ts";

/** /proc/PID/schedstat: what it ran and what it waited for a CPU, in nanoseconds, and how often it was given one. */
function readSchedule(proc: ProcReader, tgid: number): readonly [ranNs: number, waitedNs: number, turns: number] {
  const [ranNs = NaN, waitedNs = NaN, turns = NaN] = (proc.readText(`${tgid}/schedstat`) ?? "").split(" ").map(Number);
  return [ranNs, waitedNs, turns];
}

/** Having run for so long, it has done what it does at once. In its first turn on a CPU nothing is counted until the next tick. */
const leastUs = 200;

/**
 * How far the process had come at least before it was looked at, in microseconds of its life that it did not wait for a CPU; 0
 * where it may have done nothing yet. Who sleeps has come to its sleep. Who is ready to run may be waiting right now, for
 * milliseconds on a busy machine, which the kernel counts only afterwards: of it counts what it ran, up to its last tick.
 */
function progressUs(ageUs: number, [ranNs, waitedNs, turns]: ReturnType<typeof readSchedule>, state: string): number {
  if (!(turns > 0)) return 0;
  const ranUs = ranNs / 1000;
  const atMostUs = Math.max(0, ageUs - waitedNs / 1000);
  if (state !== "R") return atMostUs;
  return ranUs < leastUs ? 0 : Math.min(atMostUs, ranUs);
}

/** @returns undefined where it has ended, or started a program, and is left alone from now on */
export function readRevisit(
  proc: ExecProcReader,
  { tgid, forkedAtUs }: Candidate,
  options: ReadOptions,
): Revisit | undefined {
  // In this order: what it shows then is at least as new as its progress is.
  const ageUs = options.nowUs() - forkedAtUs;
  const schedule = readSchedule(proc, tgid);
  const state = proc.readStat(tgid)?.state ?? "";
  const [snapshot] = readSnapshots(proc, [tgid], options);
  if (snapshot?.argv === undefined) return undefined;
  // Only now: until here it had started no program of which the kernel is about to tell.
  const stat = proc.readStat(tgid);
  if (stat?.forkOnly !== true || stat.exiting) return undefined;
  return { snapshot, ranUs: progressUs(ageUs, schedule, state) };
}
