/**
 * A histogram as a message of the type io.prometheus.client.Histogram: its classic buckets, which are cumulative, and its exponential ones.
 *
 * Source: github.com/prometheus/client_model, io/prometheus/client/metrics.proto.
 */

import { zeroThreshold, type NativeBuckets } from "../account/native-buckets.ts";
import { beginField, writeDoubleField, writeTimestamp, writeVarintField, zigzag } from "./protobuf.ts";
import { Scratch } from "./scratch.ts";
import type { ShownHistogram } from "./series.ts";

/** Numbers of fields. */
const histogramField = {
  sampleCount: 1,
  sampleSum: 2,
  bucket: 3,
  schema: 5,
  zeroThreshold: 6,
  zeroCount: 7,
  positiveSpan: 12,
  positiveDelta: 13,
  created: 15,
} as const;
const bucketField = { cumulativeCount: 1, upperBound: 2 } as const;
const spanField = { offset: 1, length: 2 } as const;

/** Holes between two buckets up to this are told as buckets of 0, which takes less than another span. */
const smallGap = 2;

/** Runs of neighbouring buckets, and the differences of their counts. */
function spansOf({ indexes, counts, size }: NativeBuckets) {
  const spans: { offset: number; length: number }[] = [];
  const deltas: number[] = [];
  let end = 0;
  let before = 0;
  for (let slot = 0; slot < size; slot++) {
    const [index, count] = [indexes[slot] as number, counts[slot] as number];
    const last = spans.at(-1);
    const gap = index - end;
    if (last === undefined || gap > smallGap) {
      spans.push({ offset: gap, length: 1 });
    } else {
      for (let hole = 0; hole < gap; hole++, before = 0) deltas.push(-before);
      last.length += gap + 1;
    }
    deltas.push(count - before);
    [end, before] = [index + 1, count];
  }
  return { spans, deltas };
}

/** @param created when the histogram was empty, in seconds since 1970; NaN where that is not known */
export type HistogramEncoder = (
  into: Scratch,
  bounds: readonly number[],
  histogram: ShownHistogram,
  created: number,
) => void;

export function createHistogramEncoder(): HistogramEncoder {
  const nested = new Scratch();

  function writeNested(into: Scratch, field: number): void {
    beginField(into, field, nested.length);
    into.copy(nested.bytes, 0, nested.length);
    nested.length = 0;
  }

  function writeNative(into: Scratch, buckets: NativeBuckets): void {
    writeVarintField(into, histogramField.schema, zigzag(buckets.schema));
    writeDoubleField(into, histogramField.zeroThreshold, zeroThreshold);
    writeVarintField(into, histogramField.zeroCount, buckets.zeroCount);
    const { spans, deltas } = spansOf(buckets);
    for (const { offset, length } of spans) {
      writeVarintField(nested, spanField.offset, zigzag(offset));
      writeVarintField(nested, spanField.length, length);
      writeNested(into, histogramField.positiveSpan);
    }
    // A histogram without a bucket has one span of none, which tells it from one without exponential buckets.
    if (spans.length === 0) {
      writeVarintField(nested, spanField.offset, 0);
      writeVarintField(nested, spanField.length, 0);
      writeNested(into, histogramField.positiveSpan);
    }
    for (const delta of deltas) writeVarintField(into, histogramField.positiveDelta, zigzag(delta));
  }

  return (into, bounds, { counts, sum, count, native }, created) => {
    writeVarintField(into, histogramField.sampleCount, count);
    writeDoubleField(into, histogramField.sampleSum, sum);
    let cumulative = 0;
    for (let index = 0; index < bounds.length; index++) {
      cumulative += counts[index] as number;
      writeVarintField(nested, bucketField.cumulativeCount, cumulative);
      writeDoubleField(nested, bucketField.upperBound, bounds[index] as number);
      writeNested(into, histogramField.bucket);
    }
    if (native !== undefined) writeNative(into, native);
    if (!Number.isNaN(created)) writeTimestamp(into, histogramField.created, created);
  };
}
