/** Corrects the waits of a process at its exit: the kernel's sums keep the false waits of its threads. Pure. */

import { delayKinds, fields, slotOf } from "../fields/fields.ts";
import type { Totals } from "./account.ts";
import type { Refusals } from "./refusals.ts";

/** The figures of a process at its exit: its sums, and the record of its last thread. */
export interface ExitTotals {
  readonly process: Totals;
  readonly last: Totals;
}

const kinds = delayKinds.map((kind) => ({ total: slotOf(`${kind}_delay_total`), count: slotOf(`${kind}_count`) }));
const etime = slotOf("ac_etime");

/** By how much two clocks may differ: as in plausibility.ts. */
const tolerance = { share: 0.1, ns: 10e6 } as const;

/**
 * Creates a function that corrects the figures of an exit. It returns copies, without the waits that were refused for the threads;
 * they are valid until the next call. A kind of delay that still exceeds the age of all threads together becomes NaN: its sum
 * holds false waits from before the exporter started.
 */
export function createExitJudge(): (end: ExitTotals, refused: Refusals | undefined, ageUs: number) => ExitTotals {
  const process = new Float64Array(fields.length);
  const last = new Float64Array(fields.length);
  return (end, refused, ageUs) => {
    process.set(end.process);
    last.set(end.last);
    const agesUs = process[etime] as number;
    // Kernels whose sums lack the ages of exited threads have no false waits.
    const mostNs = agesUs >= ageUs ? agesUs * 1000 * (1 + tolerance.share) + tolerance.ns : Infinity;
    kinds.forEach(({ total, count }, kind) => {
      // A wait may have been refused twice, where records were lost and the row went to another thread.
      process[total] = Math.max((process[total] as number) - (refused?.ns[kind] ?? 0), 0);
      process[count] = Math.max((process[count] as number) - (refused?.waits[kind] ?? 0), 0);
      if (process[total] > mostNs) process[total] = last[total] = NaN;
    });
    return { process, last };
  };
}
