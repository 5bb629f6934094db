/** A histogram: counts per bucket, by fixed bounds and by exponential ones, sum and count. Pure. */

import {
  addNativeBuckets,
  copyNativeBuckets,
  createNativeBuckets,
  observeNative,
  type NativeBuckets,
} from "./native-buckets.ts";

export interface Histogram {
  /** Upper bounds, ascending. A value above the last bound is only in `count` and `sum`. */
  readonly bounds: readonly number[];
  /** Observations for each bound: at or below it, and above the bound before it. */
  readonly counts: Float64Array;
  /** The same observations in exponential buckets. */
  readonly native: NativeBuckets;
  sum: number;
  count: number;
}

export function createHistogram(bounds: readonly number[]): Histogram {
  return { bounds, counts: new Float64Array(bounds.length), native: createNativeBuckets(), sum: 0, count: 0 };
}

export function copyHistogram(histogram: Histogram): Histogram {
  return { ...histogram, counts: histogram.counts.slice(), native: copyNativeBuckets(histogram.native) };
}

/** Whether two states of one histogram, or none, are the same: while its count stays, a histogram stays. */
export function isSameHistogram(one: Histogram | undefined, other: Histogram | undefined): boolean {
  return one?.count === other?.count && one?.bounds === other?.bounds;
}

/** Counts one observation. NaN is not counted: the kernel does not have the field. */
export function observe(histogram: Histogram, value: number): void {
  if (Number.isNaN(value)) return;
  const { bounds, counts } = histogram;
  histogram.sum += value;
  histogram.count++;
  observeNative(histogram.native, value);
  for (let index = 0; index < bounds.length; index++) {
    if (value <= (bounds[index] as number)) {
      counts[index] = (counts[index] as number) + 1;
      return;
    }
  }
}

/** Adds the observations of one histogram to another one, which must have the same bounds. */
export function addHistogram(from: Histogram, to: Histogram): void {
  from.counts.forEach((count, index) => (to.counts[index] = (to.counts[index] as number) + count));
  addNativeBuckets(from.native, to.native);
  to.sum += from.sum;
  to.count += from.count;
}
