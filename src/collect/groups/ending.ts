/** Whether the last exit event of a process that /proc shows has been sent, or will be in a moment. */

import type { TaskStat } from "../../procfs/parse.ts";
import type { ProcReader } from "../../procfs/read.ts";

/** True for a process that has sent its last record. One that is only exiting may still have to send it. */
export function hasEnded({ state, threads }: TaskStat): boolean {
  return (state === "Z" || state === "X") && threads <= 1;
}

/**
 * True where all threads of a process are exiting: each has sent its exit event, or sends it in a moment. While one thread
 * lives, the last event of the process is still to come.
 */
export function isEnding(proc: ProcReader, tgid: number, stat: TaskStat): boolean {
  if (!stat.exiting) return false;
  if (stat.threads <= 1) return true;
  return (proc.listThreads(tgid) ?? []).every((tid) => proc.readThreadStat(tgid, tid)?.exiting !== false);
}
