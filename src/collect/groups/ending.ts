/** Whether a process that /proc shows is alive, as far as its exit events are concerned. */

import type { TaskStat } from "../../procfs/parse.ts";
import type { ProcReader } from "../../procfs/read.ts";

/** A zombie has sent its last record; one that is merely ending may not have. */
export function hasEnded({ state, threads }: TaskStat): boolean {
  return (state === "Z" || state === "X") && threads <= 1;
}

/**
 * A task that is ending has sent its exit event, or will in a moment. While one of its threads is not, the process's
 * last event is still to come.
 */
export function isEnding(proc: ProcReader, tgid: number, stat: TaskStat): boolean {
  if (!stat.exiting) return false;
  if (stat.threads <= 1) return true;
  return (proc.listThreads(tgid) ?? []).every((tid) => proc.readThreadStat(tgid, tid)?.exiting !== false);
}
