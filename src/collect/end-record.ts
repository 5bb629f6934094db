/** One exit event as the tasks' end that it tells of, whichever struct version told it. */

import { AGROUP, slotOf } from "../fields/fields.ts";
import type { Totals } from "../account/account.ts";
import type { Reception } from "../taskstats/decode.ts";

const slots = { flag: slotOf("ac_flag"), ppid: slotOf("ac_ppid"), exitcode: slotOf("ac_exitcode") };

export interface EndRecord {
  readonly tid: number;
  /** The thread's last figures. */
  readonly values: Totals;
  /** The last sums of its process, where the process ever had several threads and this was the last. */
  readonly sums: Totals | undefined;
  /** The thread's command name. */
  readonly comm: string;
}

/** The end that an event tells of. The figures are views of the reception, valid as long as that is. */
export function readEnd({ thread, process, readComm }: Reception): EndRecord {
  return {
    tid: thread.id,
    values: thread.values,
    sums: process.present ? process.values : undefined,
    get comm() {
      return readComm();
    },
  };
}

/** The last thread of its process, as the kernel marks it since struct version 12. */
export function isMarkedLast({ values }: EndRecord): boolean {
  return ((values[slots.flag] as number) & AGROUP) !== 0;
}

export function parentOf({ values }: EndRecord): number {
  return values[slots.ppid] as number;
}

export function statusOf({ values }: EndRecord): number {
  return values[slots.exitcode] as number;
}
