/** The series of one metric in arrays, in their order. A writer gathers each metric's series here before it writes them. */

import type { HistogramShape, Labels, SeriesSink, ShownHistogram } from "./series.ts";

/** The own labels of a counter or gauge, or the shape of a histogram. */
export type SeriesKind = Labels | HistogramShape;

/** What is remembered of a series: one index in each array. */
export interface SeriesRows {
  /** Of the group. */
  readonly labels: readonly Labels[];
  readonly kinds: readonly SeriesKind[];
  /** The value of a counter or gauge. The count of a histogram: while it stays, so do its sum and its buckets. */
  readonly values: Float64Array;
  /** When the counter was 0, in seconds since 1970; NaN where that is not known. */
  readonly created: Float64Array;
}

export interface GatheredSeries extends SeriesRows {
  /** How many series there are. The arrays are longer. */
  readonly count: number;
  /** Undefined for a counter or gauge. */
  readonly histograms: readonly (ShownHistogram | undefined)[];
  readonly sink: SeriesSink;
  /** Begins with the next metric. The arrays are used again. */
  clear(): void;
}

const initialRoom = 1024;

function doubled(numbers: Float64Array): Float64Array<ArrayBuffer> {
  const longer = new Float64Array(2 * numbers.length);
  longer.set(numbers);
  return longer;
}

export function createGatheredSeries(): GatheredSeries {
  const labels: Labels[] = [];
  const kinds: SeriesKind[] = [];
  const histograms: (ShownHistogram | undefined)[] = [];
  let values = new Float64Array(initialRoom);
  let created = new Float64Array(initialRoom);
  let count = 0;

  function add(ofGroup: Labels, kind: SeriesKind, value: number, since: number | undefined): number {
    if (count === values.length) [values, created] = [doubled(values), doubled(created)];
    labels[count] = ofGroup;
    kinds[count] = kind;
    values[count] = value;
    created[count] = since ?? NaN;
    return count++;
  }

  return {
    get count() {
      return count;
    },
    get values() {
      return values;
    },
    get created() {
      return created;
    },
    ...{ labels, kinds, histograms },
    sink: {
      value(ofGroup, own, value, since) {
        histograms[add(ofGroup, own, value, since)] = undefined;
      },
      histogram(ofGroup, shape, histogram, since) {
        histograms[add(ofGroup, shape, histogram.count, since)] = histogram;
      },
    },
    clear() {
      count = 0;
    },
  };
}

/** True where both are the same series with the same time of creation; the values may differ. */
export function isSameSeries(one: SeriesRows, at: number, other: SeriesRows, otherAt: number): boolean {
  return (
    one.labels[at] === other.labels[otherAt] &&
    one.kinds[at] === other.kinds[otherAt] &&
    Object.is(one.created[at], other.created[otherAt])
  );
}
