/** One metric's series as prom-client takes them from a metric that computes them itself. */

import type { Histogram } from "../account/histogram.ts";

export type Labels = Readonly<Record<string, string | number>>;

/**
 * One line of the page. prom-client renders `labels` for each line, and `sharedLabels`, which come after them, once for as
 * long as the object lives: the few of each metric. To have it remember each pair of a group's labels and a series' own was
 * no faster, and kept 32 MB for 1,000 groups.
 */
export interface Series {
  /** Of the group. */
  readonly labels: Labels;
  /** The series' own. */
  readonly sharedLabels: Labels;
  readonly value: number;
  readonly metricName?: string;
}

/** Renders a histogram's buckets, sum and count. */
export type HistogramSeries = (group: Labels, histogram: Histogram) => Series[];

/** @param own labels of the series besides those of the group and `le` */
export function createHistogramSeries(name: string, own: Labels, bounds: readonly number[]): HistogramSeries {
  const bounded = bounds.map((bound) => ({ ...own, le: String(bound) }));
  const unbounded = { ...own, le: "+Inf" };
  const names = { bucket: `${name}_bucket`, sum: `${name}_sum`, count: `${name}_count` };

  return (labels, { counts, sum, count }) => {
    let cumulative = 0;
    const series: Series[] = bounded.map((sharedLabels, index) => {
      cumulative += counts[index] as number;
      return { metricName: names.bucket, labels, sharedLabels, value: cumulative };
    });
    series.push(
      { metricName: names.bucket, labels, sharedLabels: unbounded, value: count },
      { metricName: names.sum, labels, sharedLabels: own, value: sum },
      { metricName: names.count, labels, sharedLabels: own, value: count },
    );
    return series;
  };
}
