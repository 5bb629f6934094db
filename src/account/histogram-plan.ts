/** The histograms that each exit feeds: slot and conversion of every series. Pure. */

import { fields, slotOf } from "../fields/fields.ts";
import type { HistogramMetric } from "../fields/group-metrics.ts";
import { toBaseUnit } from "../fields/units.ts";

export interface HistogramSeries {
  readonly metric: HistogramMetric;
  readonly labels: Readonly<Record<string, string>>;
  readonly slot: number;
  /** Converts a figure from the kernel's unit to the unit of the metric. */
  readonly convert: (value: number) => number;
}

/** The series of all configured histograms, metric by metric. */
export type HistogramPlan = readonly HistogramSeries[];

export function createHistogramPlan(metrics: readonly HistogramMetric[]): HistogramPlan {
  return metrics.flatMap((metric) =>
    metric.series.map(({ labels, field }) => {
      const slot = slotOf(field);
      return { metric, labels, slot, convert: toBaseUnit((fields[slot] as (typeof fields)[number]).unit) };
    }),
  );
}

/** True where both series have the same metric, slot and buckets: the histogram of one can go on as that of the other. */
export function isSameSeries(one: HistogramSeries, other: HistogramSeries): boolean {
  // Only after a reload do two accounts have different plans. To compare the buckets is most of the cost of a merge.
  if (one === other) return true;
  const same = one.metric.name === other.metric.name && one.slot === other.slot;
  return same && String(one.metric.buckets) === String(other.metric.buckets);
}
