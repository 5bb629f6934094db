/** Which record bills which field: the sums of a thread group, or each thread's own. Pure. */

import { delayKinds, fields, slotOf, type FieldKey } from "../fields/fields.ts";
import { counterMetrics, largestMetrics } from "../fields/group-metrics.ts";
import type { MeterSlots } from "./meter.ts";

export interface Plan {
  /** Billed from TGID replies and the AGGR_TGID of the last exit event. */
  readonly process: MeterSlots;
  /** Billed from PID replies and the AGGR_PID of each exit event. */
  readonly thread: MeterSlots;
}

/** What older kernels drop from a TGID reply when a thread ends, so that only the threads' own records are exact. */
const droppedWithThread: ReadonlySet<string> = new Set<FieldKey>(["nvcsw", "nivcsw", "ac_utime", "ac_stime"]);

/** Judged by each thread's own age (plausibility.ts). The sums keep false waits of ended threads for ever. */
const judgedByThread: ReadonlySet<string> = new Set<FieldKey>(
  delayKinds.flatMap((kind): FieldKey[] => [`${kind}_count`, `${kind}_delay_total`]),
);

/** @param options.deadThreadsKept whether this kernel's TGID replies keep the context switches and CPU time of ended threads */
export function createPlan({ deadThreadsKept }: { readonly deadThreadsKept: boolean }): Plan {
  const slots = (metrics: typeof counterMetrics) =>
    metrics.flatMap((metric) => metric.series.map((series) => slotOf(series.field)));
  const fromGroup = (slot: number): boolean => {
    const field = fields[slot];
    if (field?.scope !== "group" || judgedByThread.has(field.key)) return false;
    return deadThreadsKept || !droppedWithThread.has(field.key);
  };
  const sums = slots(counterMetrics);
  return {
    process: { sums: sums.filter(fromGroup), largest: [] },
    thread: { sums: sums.filter((slot) => !fromGroup(slot)), largest: slots(largestMetrics) },
  };
}
