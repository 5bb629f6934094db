/** Revisits a forked process that may have given itself a title. */

import type { ProcReader } from "../procfs/read.ts";
import { readSnapshots, type ExecProcReader, type ReadOptions } from "./snapshot-reader.ts";
import type { Revisit } from "./exec-watcher.ts";
import type { Candidate } from "./revisit-schedule.ts";

/** Reads /proc/PID/schedstat: run time and waits for a CPU, in nanoseconds, and how often the process was given a CPU. */
function readSchedule(proc: ProcReader, tgid: number): readonly [ranNs: number, waitedNs: number, turns: number] {
  const [ranNs = NaN, waitedNs = NaN, turns = NaN] = (proc.readText(`${tgid}/schedstat`) ?? "").split(" ").map(Number);
  return [ranNs, waitedNs, turns];
}

/**
 * A process that has run for so long has done what it does at its beginning. Less run time says nothing: the kernel counts the
 * first turn on a CPU only at the next tick.
 */
const leastUs = 200;

/**
 * The least age that the process had reached, in microseconds and without waits for a CPU; 0 where it may have done nothing yet. For
 * a process that sleeps this is its age without counted waits. A process that is ready to run may be waiting right now, for
 * milliseconds on a busy machine, and the kernel counts a wait only afterwards: its run time up to the last tick counts.
 */
function progressUs(ageUs: number, [ranNs, waitedNs, turns]: ReturnType<typeof readSchedule>, state: string): number {
  if (!(turns > 0)) return 0;
  const ranUs = ranNs / 1000;
  const atMostUs = Math.max(0, ageUs - waitedNs / 1000);
  if (state !== "R") return atMostUs;
  return ranUs < leastUs ? 0 : Math.min(atMostUs, ranUs);
}

/** @returns undefined where the process has exited or started a program: it needs no more revisits */
export function readRevisit(
  proc: ExecProcReader,
  { tgid, forkedAtUs }: Candidate,
  options: ReadOptions,
): Revisit | undefined {
  // The order matters: the snapshot must not be older than the progress.
  const ageUs = options.nowUs() - forkedAtUs;
  const schedule = readSchedule(proc, tgid);
  const state = proc.readStat(tgid)?.state ?? "";
  const [snapshot] = readSnapshots(proc, [tgid], options);
  if (snapshot?.argv === undefined) return undefined;
  // Checked after the snapshot: so the snapshot is not that of a program whose exec event is still to come.
  const stat = proc.readStat(tgid);
  if (stat?.forkOnly !== true || stat.exiting) return undefined;
  return { snapshot, ranUs: progressUs(ageUs, schedule, state) };
}
