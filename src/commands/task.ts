/** Finds out what an id of the command line is: a process, a thread, a zombie, or nothing. */

import { ExporterError } from "../base/errors.ts";
import { parseStatusLine, parseTaskId, type TaskStat } from "../procfs/parse.ts";
import type { ProcReader } from "../procfs/read.ts";

/** A process or a thread, as /proc shows it. */
export interface Task {
  readonly id: number;
  /** The id of the process. For the leader it is the same as `id`. */
  readonly tgid: number;
  readonly stat: TaskStat;
}

/** Reads /proc/ID, which exists for threads too, although /proc does not list them. @returns undefined where nothing has this id */
export function readTask(proc: ProcReader, id: number): Task | undefined {
  const [tgid = ""] = parseStatusLine(proc.readText(`${id}/status`) ?? "", "Tgid") ?? [];
  const process = parseTaskId(tgid);
  const stat = proc.readStat(id);
  return process === undefined || stat === undefined ? undefined : { id, tgid: process, stat };
}

/** Whether a process has exited and its parent has not waited for it. */
export const isZombie = ({ stat }: Task): boolean => stat.state === "Z" || stat.state === "X";

/** The error for an id that nothing has. @param where the command and its flag, as the error's text shows them */
export function taskMissing(where: string): ExporterError {
  return new ExporterError("PROCESS_MISSING", { where, want: "the id of a process or thread", got: "an id of none" });
}

/** Describes a zombie for an error or a note. */
export function describeZombie(proc: ProcReader, { stat }: Task): string {
  const parent = proc.readStat(stat.ppid)?.comm;
  return `a zombie: it has ended, and its parent ${stat.ppid}${parent === undefined ? "" : ` (${parent})`} has not waited for it`;
}
