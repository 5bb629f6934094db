/**
 * Exponential buckets as Prometheus' native histograms have them: only those with observations are kept. Buckets are as fine as their
 * number allows: when there are too many, each two become one, for this histogram alone. Pure.
 */

import { littleEndian } from "../base/byte-order.ts";

/** At most so many buckets: a scraper keeps each as a number of its own. */
export const mostBuckets = 40;

/** Eight buckets for each power of two at the beginning: a quantile is then off by 9 % at most. */
export const finestSchema = 3;

/** Prometheus knows none coarser. Two of its buckets hold all numbers between 2^-16 and 2^16. */
const coarsestSchema = -4;

/**
 * Observations up to this are in the zero bucket, in the metric's unit. The kernel's figures are whole nanoseconds and bytes, so that
 * only a true zero is below it: 2^-30 s is less than a nanosecond.
 */
export const zeroThreshold = 2 ** -30;

export interface NativeBuckets {
  /** There are 2^schema buckets for each power of two. Bucket `i` ends with 2^(i / 2^schema), which belongs to it. */
  schema: number;
  /** Observations of zero. */
  zeroCount: number;
  /** Buckets that are in use; `indexes` and `counts` hold no more. */
  size: number;
  /** Ascending. */
  indexes: Int32Array;
  counts: Float64Array;
}

export function createNativeBuckets(): NativeBuckets {
  return {
    schema: finestSchema,
    zeroCount: 0,
    size: 0,
    indexes: new Int32Array(4),
    counts: new Float64Array(4),
  };
}

export function copyNativeBuckets(buckets: NativeBuckets): NativeBuckets {
  return { ...buckets, indexes: buckets.indexes.slice(), counts: buckets.counts.slice() };
}

/** Upper bound of a bucket. */
export function upperBound(index: number, schema: number): number {
  return 2 ** (index / 2 ** schema);
}

const two32 = 2 ** 32;

/** By schema from 0: the bounds from a half on and below 1, each as the 52 bits of its fraction. */
const fractions: readonly Float64Array[] = Array.from({ length: finestSchema + 1 }, (_, schema) =>
  Float64Array.from({ length: 2 ** schema }, (_bound, index) => {
    const bound = upperBound(index - 2 ** schema, schema);
    return (2 * bound - 1) * 2 ** 52;
  }),
);

/** A double and its bits, which tell the exponent at no cost. */
const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
const highWord = littleEndian ? 1 : 0;
const lowWord = 1 - highWord;

/** The bucket that holds a number above zero, which is at least 2^-1022. */
export function bucketOf(value: number, schema: number): number {
  double[0] = value;
  const high = words[highWord] as number;
  // The value is a fraction from a half on and below 1, times 2^exponent.
  const exponent = (high >>> 20) - 1022;
  const fraction = (high & 0xfffff) * two32 + (words[lowWord] as number);
  const bounds = fractions[Math.max(schema, 0)] as Float64Array;
  let index = 0;
  while (index < bounds.length && (bounds[index] as number) < fraction) index++;
  const bucket = index + (exponent - 1) * bounds.length;
  return schema >= 0 ? bucket : Math.ceil(bucket / 2 ** -schema);
}

/** Index in `indexes` of the first bucket that is not below `wanted`. */
function findSlot({ indexes, size }: NativeBuckets, wanted: number): number {
  let from = 0;
  for (let to = size; from < to;) {
    const middle = (from + to) >>> 1;
    if ((indexes[middle] as number) < wanted) from = middle + 1;
    else to = middle;
  }
  return from;
}

function insert(buckets: NativeBuckets, slot: number, index: number): void {
  if (buckets.size === buckets.indexes.length) {
    const room = 2 * buckets.size;
    const [indexes, counts] = [new Int32Array(room), new Float64Array(room)];
    indexes.set(buckets.indexes);
    counts.set(buckets.counts);
    Object.assign(buckets, { indexes, counts });
  }
  const { indexes, counts, size } = buckets;
  indexes.copyWithin(slot + 1, slot, size);
  counts.copyWithin(slot + 1, slot, size);
  indexes[slot] = index;
  counts[slot] = 0;
  buckets.size++;
}

/** Joins each two buckets. */
function coarsen(buckets: NativeBuckets): void {
  const { indexes, counts, size } = buckets;
  let last = -1;
  for (let slot = 0; slot < size; slot++) {
    const index = Math.ceil((indexes[slot] as number) / 2);
    const count = counts[slot] as number;
    if (last >= 0 && indexes[last] === index) {
      counts[last] = (counts[last] as number) + count;
    } else {
      last++;
      indexes[last] = index;
      counts[last] = count;
    }
  }
  buckets.size = last + 1;
  buckets.schema--;
}

function add(buckets: NativeBuckets, index: number, count: number): void {
  const slot = findSlot(buckets, index);
  if (slot === buckets.size || buckets.indexes[slot] !== index) insert(buckets, slot, index);
  buckets.counts[slot] = (buckets.counts[slot] as number) + count;
  while (buckets.size > mostBuckets && buckets.schema > coarsestSchema) coarsen(buckets);
}

/** Counts one observation of a number that is not negative. */
export function observeNative(buckets: NativeBuckets, value: number): void {
  if (value <= zeroThreshold) buckets.zeroCount++;
  else add(buckets, bucketOf(value, buckets.schema), 1);
}

/** Adds the observations of one histogram to another, which becomes as coarse as the coarser of both. */
export function addNativeBuckets(from: NativeBuckets, to: NativeBuckets): void {
  const source = copyNativeBuckets(from);
  while (source.schema > to.schema) coarsen(source);
  while (to.schema > source.schema) coarsen(to);
  to.zeroCount += source.zeroCount;
  for (let slot = 0; slot < source.size; slot++) {
    // Adding may have made `to` coarser meanwhile.
    const index = Math.ceil((source.indexes[slot] as number) / 2 ** (source.schema - to.schema));
    add(to, index, source.counts[slot] as number);
  }
}
