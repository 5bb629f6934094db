/**
 * Processes that /proc does not show to this user: it is mounted with hidepid, as systemd's ProtectProc= does too. Exit events
 * of all processes arrive all the same, and the kernel answers queries of all. Source: fs/proc/base.c, has_pid_permissions.
 */

import { ExporterError } from "../../base/errors.ts";
import { slotOf } from "../../fields/fields.ts";
import { findHidepid } from "../../procfs/hidepid.ts";
import type { ProcReader } from "../../procfs/read.ts";
import type { Ask } from "../polls/ask.ts";
import { shareInFlight } from "../../base/mutex.ts";

/** Parent of all kernel threads. */
const kthreadd = 2;

const slots = { ppid: slotOf("ac_ppid"), tgid: slotOf("ac_tgid"), hiwaterVm: slotOf("hiwater_vm") };

/** Says where this /proc hides processes of other users from the exporter: init, above all, is one of those. */
export function checkHidepid(proc: ProcReader): ExporterError | undefined {
  if (proc.readStat(1) !== undefined) return undefined;
  const option = findHidepid(proc.readText("self/mountinfo") ?? "", proc.root);
  if (option === undefined) return undefined;
  return new ExporterError("PROC_HIDDEN", { where: proc.root, want: "all processes", got: `a mount with ${option}` });
}

/** Ids that are asked for at the most: some tenths of a second of queries. */
const mostIds = 200_000;

/** Ids that are asked for between two turns of the event loop. */
const sliceSize = 1024;

export interface CountOptions {
  readonly proc: ProcReader;
  readonly ask: Ask;
  readonly yieldToEventLoop: () => Promise<void>;
}

/**
 * Counts the processes that /proc does not show, kernel threads apart, by asking the kernel for each id that may be given.
 *
 * @returns undefined where records name no process (before struct version 12), or the ids that were given are not known
 * @throws ExporterError as `Ask`, PROC_UNREADABLE
 */
export async function countHidden({ proc, ask, yieldToEventLoop }: CountOptions): Promise<number | undefined> {
  const highest = Number(proc.readText("sys/kernel/pid_max") ?? NaN);
  const shown = new Set(await proc.listProcesses());
  /** Undefined as long as no record has named its process. */
  let hidden: number | undefined;
  for (let from = 1; from <= Math.min(highest, mostIds); from += sliceSize) {
    const ids = Array.from({ length: sliceSize }, (_, index) => from + index).filter((id) => !shown.has(id));
    ask("pid", ids, (index, { thread: { values } }) => {
      const tgid = values[slots.tgid] as number;
      const ofKernel = values[slots.ppid] === kthreadd && values[slots.hiwaterVm] === 0;
      const counts = tgid === ids[index] && tgid !== kthreadd && !ofKernel;
      if (tgid === tgid) hidden = (hidden ?? 0) + Number(counts);
    });
    await yieldToEventLoop();
  }
  return hidden;
}

export interface HiddenCount {
  /** Undefined until it was counted. */
  readonly count: number | undefined;
  /** Counts again; where that is going on already, waits for it. */
  refresh(): Promise<void>;
}

/** @param options.onError told where counting failed; the count stays what it was */
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
