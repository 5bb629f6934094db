/** What an id of the command line stands for: a process, one of its threads, or what is neither any more. */

import { ExporterError } from "../base/errors.ts";
import { parseStatusLine, parseTaskId, type TaskStat } from "../procfs/parse.ts";
import type { ProcReader } from "../procfs/read.ts";

/** A task as /proc shows it. */
export interface Task {
  readonly id: number;
  /** The process that it belongs to: its own id where it is the first thread. */
  readonly tgid: number;
  readonly stat: TaskStat;
}

/** @returns undefined where there is none of this id. /proc has a directory for each thread, though it does not list them. */
export function readTask(proc: ProcReader, id: number): Task | undefined {
  const [tgid = ""] = parseStatusLine(proc.readText(`${id}/status`) ?? "", "Tgid") ?? [];
  const process = parseTaskId(tgid);
  const stat = proc.readStat(id);
  return process === undefined || stat === undefined ? undefined : { id, tgid: process, stat };
}

/** A process that has ended and that its parent has not taken note of. */
export const isZombie = ({ stat }: Task): boolean => stat.state === "Z" || stat.state === "X";

/** @param where the command and its flag */
export function taskMissing(where: string): ExporterError {
  return new ExporterError("PROCESS_MISSING", { where, want: "the id of a process or thread", got: "an id of none" });
}

/** A zombie, in words: it has no command line and figures no more. */
export function describeZombie(proc: ProcReader, { stat }: Task): string {
  const parent = proc.readStat(stat.ppid)?.comm;
  return `a zombie: it has ended, and its parent ${stat.ppid}${parent === undefined ? "" : ` (${parent})`} has not waited for it`;
}
