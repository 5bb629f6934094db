/**
 * Processes that /proc does not show to this user, since it is mounted with hidepid (systemd's ProtectProc= does that too).
 * Their exit events arrive all the same, and the kernel answers queries for them. Source: fs/proc/base.c, has_pid_permissions.
 */

import { ExporterError } from "../../base/errors.ts";
import { slotOf } from "../../fields/fields.ts";
import { findHidepid } from "../../procfs/hidepid.ts";
import type { ProcReader } from "../../procfs/read.ts";
import type { Ask } from "../polls/ask.ts";
import { shareInFlight } from "../../base/mutex.ts";

/** The id of kthreadd, the parent of all kernel threads. */
const kthreadd = 2;

const slots = { ppid: slotOf("ac_ppid"), tgid: slotOf("ac_tgid"), hiwaterVm: slotOf("hiwater_vm") };

/** Returns an error where /proc hides the processes of other users. Init is the one that is looked for. */
export function checkHidepid(proc: ProcReader): ExporterError | undefined {
  if (proc.readStat(1) !== undefined) return undefined;
  const option = findHidepid(proc.readText("self/mountinfo") ?? "", proc.root);
  if (option === undefined) return undefined;
  return new ExporterError("PROC_HIDDEN", { where: proc.root, want: "all processes", got: `a mount with ${option}` });
}

/** The highest id that is asked for. So many queries take some tenths of a second. */
const mostIds = 200_000;

/** Ids that are asked for in one slice. */
const sliceSize = 1024;

export interface CountOptions {
  readonly proc: ProcReader;
  readonly ask: Ask;
  readonly yieldToEventLoop: () => Promise<void>;
}

/**
 * Counts the processes that /proc does not show, without kernel threads. It asks the kernel for each id that /proc lacks.
 *
 * @returns undefined where records name no process (before struct version 12), or where pid_max cannot be read
 * @throws ExporterError as `Ask`, PROC_UNREADABLE
 */
export async function countHidden({ proc, ask, yieldToEventLoop }: CountOptions): Promise<number | undefined> {
  const highest = Number(proc.readText("sys/kernel/pid_max") ?? NaN);
  const shown = new Set(await proc.listProcesses());
  /** Undefined until a record has named its process. */
  let hidden: number | undefined;
  for (let from = 1; from <= Math.min(highest, mostIds); from += sliceSize) {
    const ids = Array.from({ length: sliceSize }, (_, index) => from + index).filter((id) => !shown.has(id));
    ask("pid", ids, (index, { thread: { values } }) => {
      const tgid = values[slots.tgid] as number;
      const ofKernel = values[slots.ppid] === kthreadd && values[slots.hiwaterVm] === 0;
      const counts = tgid === ids[index] && tgid !== kthreadd && !ofKernel;
      // NaN where the record names no process.
      if (tgid === tgid) hidden = (hidden ?? 0) + Number(counts);
    });
    await yieldToEventLoop();
  }
  return hidden;
}

export interface HiddenCount {
  /** Undefined before the first count. */
  readonly count: number | undefined;
  /** Counts again, or waits for the count that is going on. */
  refresh(): Promise<void>;
}

/** @param options.onError called where counting failed; the count stays what it was */
export function createHiddenCount(options: CountOptions & { readonly onError: (error: unknown) => void }): HiddenCount {
  let count: number | undefined;
  return {
    get count() {
      return count;
    },
    refresh: shareInFlight(async () => {
      count = await countHidden(options).catch((error: unknown) => {
        options.onError(error);
        return count;
      });
    }),
  };
}
