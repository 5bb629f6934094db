/** Decides which record bills which field: the sums of the process, or the record of each thread. Pure. */

import { delayKinds, fields, slotOf, type FieldKey } from "../fields/fields.ts";
import { counterMetrics, largestMetrics } from "../fields/group-metrics.ts";
import type { MeterSlots } from "./meter.ts";

export interface Plan {
  /** Billed from TGID replies and from the AGGR_TGID of the last exit event. Threads that are billed by name leave these only a rest. */
  readonly process: MeterSlots;
  /** Billed from PID replies and from the AGGR_PID of each exit event. */
  readonly thread: MeterSlots;
}

/** Older kernels drop these fields from a TGID reply when a thread exits, so that only the records of threads are exact. */
const droppedWithThread: ReadonlySet<string> = new Set<FieldKey>(["nvcsw", "nivcsw", "ac_utime", "ac_stime"]);

/** The waits that plausibility.ts judges by the age of the thread. The sums keep false waits of exited threads for ever. */
const judgedByThread: ReadonlySet<string> = new Set<FieldKey>(
  delayKinds.flatMap((kind): FieldKey[] => [`${kind}_count`, `${kind}_delay_total`]),
);

export interface PlanOptions {
  /** Whether TGID replies of this kernel keep context switches and CPU time of exited threads. */
  readonly deadThreadsKept: boolean;
  /** Whether figures are told by the names of threads: then the record of each thread bills all fields. The default is false. */
  readonly threadNames?: boolean;
}

export function createPlan({ deadThreadsKept, threadNames = false }: PlanOptions): Plan {
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
    thread: {
      sums: threadNames ? sums : sums.filter((slot) => !fromGroup(slot)),
      judged,
      largest: slots(largestMetrics),
    },
  };
}
