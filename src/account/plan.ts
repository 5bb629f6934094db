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

/** What each thread's own age bounds: plausibility.ts. The sums keep false waits of ended threads for ever. */
const judgedByThread: ReadonlySet<string> = new Set<FieldKey>(
  delayKinds.flatMap((kind): FieldKey[] => [`${kind}_count`, `${kind}_delay_total`]),
);

/** @param options.deadThreadsKept whether this kernel's TGID replies keep the context switches and CPU time of ended threads */
export function createPlan({ deadThreadsKept }: { readonly deadThreadsKept: boolean }): Plan {
  const slots = (metrics: typeof counterMetrics) =>
    metrics.flatMap((metric) => metric.series.map((series) => slotOf(series.field)));
  const isJudged = (slot: number): boolean => judgedByThread.has(fields[slot]?.key ?? "");
  const fromGroup = (slot: number): boolean => {
    const field = fields[slot];
    return field?.scope === "group" && (deadThreadsKept || !droppedWithThread.has(field.key));
  };
  const judged = slots(counterMetrics).filter(isJudged);
  const sums = slots(counterMetrics).filter((slot) => !isJudged(slot));
  return {
    process: { sums: sums.filter(fromGroup), judged: [], largest: [] },
    thread: { sums: sums.filter((slot) => !fromGroup(slot)), judged, largest: slots(largestMetrics) },
  };
}
