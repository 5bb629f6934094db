/** Exponential buckets: every observation is in the one bucket whose bounds hold it, however coarse the buckets have become. */

import { describe, expect, test } from "@jest/globals";
import { fc } from "../support/properties.ts";
import {
  addNativeBuckets,
  bucketOf,
  copyNativeBuckets,
  createNativeBuckets,
  finestSchema,
  mostBuckets,
  observeNative,
  upperBound,
  zeroThreshold,
  type NativeBuckets,
} from "../../src/account/native-buckets.ts";

const positive = fc.oneof(
  fc.double({ min: 1e-9, max: 1e15, noNaN: true }),
  fc.integer({ min: -30, max: 50 }).map((power) => 2 ** power),
);
const observation = fc.oneof(positive, fc.constant(0));

function bucketsOf(values: readonly number[]): NativeBuckets {
  const buckets = createNativeBuckets();
  for (const value of values) observeNative(buckets, value);
  return buckets;
}

/** What the buckets should be: each value by its bounds, counted one by one. */
function countByBounds(values: readonly number[], schema: number): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const value of values.filter((one) => one > zeroThreshold)) {
    let index = 0;
    while (value > upperBound(index, schema)) index++;
    while (value <= upperBound(index - 1, schema)) index--;
    counts.set(index, (counts.get(index) ?? 0) + 1);
  }
  return counts;
}

const countsOf = ({ indexes, counts, size }: NativeBuckets): ReadonlyMap<number, number> =>
  new Map(Array.from({ length: size }, (_, slot) => [indexes[slot] as number, counts[slot] as number]));

const sorted = (counts: ReadonlyMap<number, number>) => [...counts].sort(([one], [other]) => one - other);

describe("a value", () => {
  test("is in the bucket whose lower bound it exceeds and whose upper bound it does not", () => {
    fc.assert(
      fc.property(positive, fc.integer({ min: -4, max: finestSchema }), (value, schema) => {
        const index = bucketOf(value, schema);
        expect(value).toBeLessThanOrEqual(upperBound(index, schema));
        expect(value).toBeGreaterThan(upperBound(index - 1, schema));
      }),
    );
  });

  test("that is a power of two ends a bucket", () => {
    expect([-10, 0, 1, 20].map((power) => bucketOf(2 ** power, 3))).toEqual([-80, 0, 8, 160]);
  });
});

describe("buckets", () => {
  test("hold every observation where its bounds are, in at most 40 buckets, ascending", () => {
    fc.assert(
      fc.property(fc.array(observation, { maxLength: 200 }), (values) => {
        const buckets = bucketsOf(values);
        expect(buckets.size).toBeLessThanOrEqual(mostBuckets);
        expect(buckets.zeroCount).toBe(values.filter((value) => value <= zeroThreshold).length);
        expect([...countsOf(buckets)]).toEqual(sorted(countByBounds(values, buckets.schema)));
      }),
    );
  });

  test("stay fine while values are near each other, and become coarse when they are far apart", () => {
    const near = Array.from({ length: 1000 }, (_, index) => 1 + index / 100);
    expect(bucketsOf(near).schema).toBe(finestSchema);
    const far = Array.from({ length: 60 }, (_, index) => 2 ** (index - 20));
    expect(bucketsOf(far).schema).toBe(-1);
  });

  test("that are added hold the observations of both, and those that were added stay as they are", () => {
    fc.assert(
      fc.property(fc.array(observation, { maxLength: 80 }), fc.array(observation, { maxLength: 80 }), (one, other) => {
        const [from, to] = [bucketsOf(one), bucketsOf(other)];
        const before = copyNativeBuckets(from);
        addNativeBuckets(from, to);
        expect(from).toEqual(before);
        expect(to.size).toBeLessThanOrEqual(mostBuckets);
        expect(to.zeroCount).toBe([...one, ...other].filter((value) => value <= zeroThreshold).length);
        expect([...countsOf(to)]).toEqual(sorted(countByBounds([...one, ...other], to.schema)));
      }),
    );
  });

  test("that are copied do not change with the original", () => {
    const buckets = bucketsOf([1, 2, 3]);
    const copy = copyNativeBuckets(buckets);
    for (let value = 1; value < 100; value++) observeNative(buckets, value);
    expect(copy).toEqual(bucketsOf([1, 2, 3]));
  });
});
