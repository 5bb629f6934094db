/** Which distributions an end feeds: the slot and the conversion of each series of the histograms that are wanted. Pure. */

import { fields, slotOf } from "../fields/fields.ts";
import type { HistogramMetric } from "../fields/group-metrics.ts";
import { toBaseUnit } from "../fields/units.ts";

export interface HistogramSeries {
  readonly metric: HistogramMetric;
  readonly labels: Readonly<Record<string, string>>;
  readonly slot: number;
  /** From the kernel's unit to the metric's. */
  readonly convert: (value: number) => number;
}

/** The series of all wanted histograms, metric by metric. */
export type HistogramPlan = readonly HistogramSeries[];

export function createHistogramPlan(metrics: readonly HistogramMetric[]): HistogramPlan {
  return metrics.flatMap((metric) =>
    metric.series.map(({ labels, field }) => {
      const slot = slotOf(field);
      return { metric, labels, slot, convert: toBaseUnit((fields[slot] as (typeof fields)[number]).unit) };
    }),
  );
}

/** True where an observation of the one can go on in the other's histogram. */
export function isSameSeries(one: HistogramSeries, other: HistogramSeries): boolean {
  // Two accounts have the same plan but for a reload: comparing texts of buckets would take most of what a merge costs.
  if (one === other) return true;
  const same = one.metric.name === other.metric.name && one.slot === other.slot;
  return same && String(one.metric.buckets) === String(other.metric.buckets);
}
