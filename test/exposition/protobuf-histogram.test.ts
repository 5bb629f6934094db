/** The bytes of a histogram as the protocol buffers encoding and metrics.proto say, written out by hand. */

import { expect, test } from "@jest/globals";
import { createHistogram, observe } from "../../src/account/histogram.ts";
import { createHistogramEncoder } from "../../src/exposition/protobuf-histogram.ts";
import { Scratch } from "../../src/exposition/scratch.ts";
import type { ShownHistogram } from "../../src/exposition/series.ts";

function encode(histogram: ShownHistogram, bounds: readonly number[], created = NaN): string {
  const scratch = new Scratch();
  createHistogramEncoder()(scratch, bounds, histogram, created);
  return scratch.take().toString("hex");
}

/** A double, little-endian. */
function double(value: number): string {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes.toString("hex");
}

test("without exponential buckets there are the count, the sum, and cumulative buckets", () => {
  const histogram = { counts: Float64Array.of(2, 1), sum: 7.5, count: 4 };
  const buckets = [
    ["1a0b", "0802", `11${double(1)}`],
    ["1a0b", "0803", `11${double(5)}`],
  ];
  expect(encode(histogram, [1, 5])).toBe(["0804", `11${double(7.5)}`, ...buckets.flat()].join(""));
});

test("the time of creation comes last", () => {
  const histogram = { counts: new Float64Array(), sum: 0, count: 0 };
  expect(encode(histogram, [], 5.5)).toBe(["0800", `11${double(0)}`, "7a08", "0805", "1080cab5ee01"].join(""));
});

test("neighbouring exponential buckets are one span with the differences of their counts, far ones another span", () => {
  const histogram = createHistogram([]);
  // Buckets 0, 0, 1 and 8 of schema 3.
  for (const value of [1, 1, 2 ** (1 / 16), 2]) observe(histogram, value);
  const { sum } = histogram;
  expect(encode(histogram, [])).toBe(
    [
      ...["0804", `11${double(sum)}`, "2806", `31${double(2 ** -30)}`, "3800"],
      ...["6204", "0800", "1002", "6204", "080c", "1001"],
      ...["6804", "6801", "6800"],
    ].join(""),
  );
});
