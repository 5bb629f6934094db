/** A histogram: counts per bucket, sum and count. Pure. */

export interface Histogram {
  /** Upper bounds, ascending; what is above the last is in the count alone. */
  readonly bounds: readonly number[];
  /** How many observations were at or below each bound and above the one before. */
  readonly counts: Float64Array;
  sum: number;
  count: number;
}

export function createHistogram(bounds: readonly number[]): Histogram {
  return { bounds, counts: new Float64Array(bounds.length), sum: 0, count: 0 };
}

/** Counts one observation; NaN, a field that this kernel does not have, is none. */
export function observe(histogram: Histogram, value: number): void {
  if (Number.isNaN(value)) return;
  const { bounds, counts } = histogram;
  histogram.sum += value;
  histogram.count++;
  for (let index = 0; index < bounds.length; index++) {
    if (value <= (bounds[index] as number)) {
      counts[index] = (counts[index] as number) + 1;
      return;
    }
  }
}

/** Adds the observations of one histogram to another of the same bounds. */
export function addHistogram(from: Histogram, to: Histogram): void {
  from.counts.forEach((count, index) => (to.counts[index] = (to.counts[index] as number) + count));
  to.sum += from.sum;
  to.count += from.count;
}
