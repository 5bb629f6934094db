/** One metric's series as prom-client takes them from a metric that computes them itself. */

import type { Histogram } from "../account/histogram.ts";

export type Labels = Readonly<Record<string, string | number>>;

/**
 * One line of the page. Labels go into `sharedLabels`, which prom-client renders once per object and remembers:
 * reusing the objects makes a page of 10,000 series three times as fast.
 */
export interface Series {
  readonly sharedLabels: Labels;
  readonly value: number;
  readonly metricName?: string;
}

/** Joins a group's labels and a series' own, as one object per pair for as long as the group lives. */
export function createLabelJoin(own: Labels): (group: Labels) => Labels {
  const joined = new WeakMap<Labels, Labels>();
  return (group) => {
    let labels = joined.get(group);
    if (labels === undefined) {
      labels = { ...group, ...own };
      joined.set(group, labels);
    }
    return labels;
  };
}

/** Renders a histogram's buckets, sum and count. */
export type HistogramSeries = (group: Labels, histogram: Histogram) => Series[];

/** @param own labels of the series besides those of the group and `le` */
export function createHistogramSeries(name: string, own: Labels, bounds: readonly number[]): HistogramSeries {
  const joins = bounds.map((bound) => createLabelJoin({ ...own, le: String(bound) }));
  const joinInfinity = createLabelJoin({ ...own, le: "+Inf" });
  const join = createLabelJoin(own);
  const names = { bucket: `${name}_bucket`, sum: `${name}_sum`, count: `${name}_count` };

  return (group, { counts, sum, count }) => {
    let cumulative = 0;
    const series: Series[] = joins.map((joinBound, index) => {
      cumulative += counts[index] as number;
      return { metricName: names.bucket, sharedLabels: joinBound(group), value: cumulative };
    });
    const labels = join(group);
    series.push(
      { metricName: names.bucket, sharedLabels: joinInfinity(group), value: count },
      { metricName: names.sum, sharedLabels: labels, value: sum },
      { metricName: names.count, sharedLabels: labels, value: count },
    );
    return series;
  };
}
