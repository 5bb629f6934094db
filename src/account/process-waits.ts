/** What is believed of the waits of a whole process at its end: the kernel's sums keep what its threads' records lied. Pure. */

import { delayKinds, fields, slotOf } from "../fields/fields.ts";
import type { Totals } from "./account.ts";
import type { Refusals } from "./refusals.ts";

/** A process's figures at its end: its sums, and the record of its last thread. */
export interface ExitTotals {
  readonly process: Totals;
  readonly last: Totals;
}

const kinds = delayKinds.map((kind) => ({ total: slotOf(`${kind}_delay_total`), count: slotOf(`${kind}_count`) }));
const etime = slotOf("ac_etime");

/** As between the clocks of a single record. */
const tolerance = { share: 0.1, ns: 10e6 } as const;

/**
 * A judge of ends. The sums that it gives are a copy, without what was refused of the threads. A kind that still exceeds the
 * age of all threads together is not known: NaN, since it holds false waits from before anybody looked.
 */
export function createExitJudge(): (end: ExitTotals, refused: Refusals | undefined, ageUs: number) => ExitTotals {
  const process = new Float64Array(fields.length);
  const last = new Float64Array(fields.length);
  return (end, refused, ageUs) => {
    process.set(end.process);
    last.set(end.last);
    const agesUs = process[etime] as number;
    // Kernels that drop the ages of ended threads from the sums have no false waits.
    const mostNs = agesUs >= ageUs ? agesUs * 1000 * (1 + tolerance.share) + tolerance.ns : Infinity;
    kinds.forEach(({ total, count }, kind) => {
      // Where records were lost, and a row was given to a thread that it is not of, a wait may have been refused twice.
      process[total] = Math.max((process[total] as number) - (refused?.ns[kind] ?? 0), 0);
      process[count] = Math.max((process[count] as number) - (refused?.waits[kind] ?? 0), 0);
      if (process[total] > mostNs) process[total] = last[total] = NaN;
    });
    return { process, last };
  };
}
