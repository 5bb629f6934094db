/** Messages against a library that decodes them: what was given is in them, and nothing else. */

import { describe, expect, test } from "@jest/globals";
import { createHistogram, observe, type Histogram } from "../../src/account/histogram.ts";
import { zeroThreshold } from "../../src/account/native-buckets.ts";
import { createProtobufWriter } from "../../src/exposition/protobuf-writer.ts";
import { noLabels, type Labels, type MetricHead, type MetricWriter } from "../../src/exposition/series.ts";
import { decodeFamilies, nativeCountsOf, type DecodedFamily } from "../support/metric-family.ts";
import { fc } from "../support/properties.ts";

const counter: MetricHead = { name: "jobs_total", help: "Jobs, „done“.", type: "counter" };
const gauge: MetricHead = { name: "workers", help: "Workers.", type: "gauge" };
const histogram: MetricHead = { name: "job_seconds", help: "Time of jobs.", type: "histogram" };

interface Series {
  readonly labels: Labels;
  readonly own: Labels;
  readonly value: number;
  readonly created?: number | undefined;
}

function write(head: MetricHead, all: readonly Series[], writer = createProtobufWriter()): Buffer | undefined {
  return writer.write(head, (sink) => {
    for (const { labels, own, value, created } of all) sink.value(labels, own, value, created);
  });
}

const shape = { labels: { kind: "cpu" }, bounds: [0.1, 1] };

const writeHistogram = (one: Histogram, writer: MetricWriter = createProtobufWriter(), created?: number) =>
  writer.write(histogram, (sink) => sink.histogram({ groupname: "a" }, shape, one, created));

function decodeOne(bytes: Buffer | undefined): DecodedFamily {
  const [family, ...others] = decodeFamilies(bytes ?? Buffer.alloc(0));
  if (family === undefined || others.length > 0) throw new Error(`want one family, got ${others.length + 1}`);
  return family;
}

const labelsOf = (...all: readonly Labels[]) =>
  all.flatMap((labels) => Object.entries(labels).map(([name, value]) => ({ name, value: String(value) })));

const observed = (...values: readonly number[]): Histogram => {
  const one = createHistogram(shape.bounds);
  for (const value of values) observe(one, value);
  return one;
};

describe("a counter", () => {
  test("has its name, help, labels, value, and the time when it was created, to the nanosecond", () => {
    const family = decodeOne(
      write(counter, [{ labels: { groupname: 'a"b' }, own: { kind: "組" }, value: 0.25, created: 1_800_000_000.5 }]),
    );
    expect(family).toEqual({
      name: "jobs_total",
      help: "Jobs, „done“.",
      type: "COUNTER",
      metric: [
        {
          label: labelsOf({ groupname: 'a"b' }, { kind: "組" }),
          counter: { value: 0.25, created_timestamp: { seconds: 1_800_000_000, nanos: 500_000_000 } },
        },
      ],
    });
  });

  test("that has another value on the next page has its other fields as before", () => {
    const writer = createProtobufWriter();
    const [labels, other] = [{ groupname: "a" }, { groupname: "b" }];
    const page = (one: number, two: number): readonly Series[] => [
      { labels, own: noLabels, value: one, created: 5 },
      { labels: other, own: noLabels, value: two, created: 6 },
    ];
    const first = write(counter, page(1, 2), writer);
    const second = write(counter, page(1, 3), writer);
    expect(decodeOne(second)).toEqual(decodeOne(write(counter, page(1, 3))));
    expect(decodeOne(first).metric.map((metric) => metric.counter?.value)).toEqual([1, 2]);
    expect(write(counter, page(1, 3), writer)).toBe(second);
  });
});

test("a gauge has no time of creation", () => {
  expect(decodeOne(write(gauge, [{ labels: noLabels, own: noLabels, value: -3, created: 5 }])).metric).toEqual([
    { gauge: { value: -3 } },
  ]);
});

test("pages whose series come, go and move are written as if there had been none before", () => {
  const groups = [{ groupname: "a" }, { groupname: "b" }, { groupname: "c" }];
  const series = fc.record({
    labels: fc.constantFrom(...groups),
    own: fc.constantFrom(noLabels, shape.labels),
    value: fc.constantFrom(0, 1, 0.5, Infinity),
    created: fc.constantFrom(undefined, 1, 2.5),
  });
  fc.assert(
    fc.property(fc.array(fc.array(series, { maxLength: 6 }), { minLength: 2, maxLength: 6 }), (pages) => {
      const writer = createProtobufWriter();
      for (const page of pages) expect(write(counter, page, writer)).toEqual(write(counter, page));
    }),
  );
});

describe("a histogram", () => {
  test("has classic buckets, which are cumulative, and exponential ones, which are not", () => {
    const family = decodeOne(writeHistogram(observed(0, 0.05, 0.5, 0.5, 4), createProtobufWriter(), 7));
    const one = family.metric[0]?.histogram;
    expect(family.metric[0]?.label).toEqual(labelsOf({ groupname: "a" }, shape.labels));
    expect(one).toMatchObject({
      sample_count: 5,
      sample_sum: 5.05,
      bucket: [
        { cumulative_count: 2, upper_bound: 0.1 },
        { cumulative_count: 4, upper_bound: 1 },
      ],
      schema: 3,
      zero_threshold: zeroThreshold,
      zero_count: 1,
      created_timestamp: { seconds: 7, nanos: 0 },
    });
    // 0.5 ends bucket -8, 4 ends bucket 16, and 0.05 is between 2^-4.375 and 2^-4.25.
    expect(one && [...nativeCountsOf(one)]).toEqual([
      [-34, 1],
      [-8, 2],
      [16, 1],
    ]);
  });

  test("without an observation is one with exponential buckets all the same", () => {
    const one = decodeOne(writeHistogram(observed())).metric[0]?.histogram;
    expect(one).toMatchObject({ sample_count: 0, schema: 3, zero_count: 0, positive_span: [{ offset: 0, length: 0 }] });
  });

  test("has the exponential buckets that it was given, whatever lies between them", () => {
    const values = fc.array(fc.double({ min: 1e-6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(values, (all) => {
        const given = observed(...all);
        const { indexes, counts, size, schema } = given.native;
        const one = decodeOne(writeHistogram(given)).metric[0]?.histogram;
        expect(one?.schema).toBe(schema);
        expect(one && [...nativeCountsOf(one)]).toEqual(
          Array.from({ length: size }, (_, slot) => [indexes[slot], counts[slot]]),
        );
      }),
    );
  });

  test("is written anew when its count has changed, and only then", () => {
    const writer = createProtobufWriter();
    const labels = { groupname: "a" };
    const page = (one: Histogram) => writer.write(histogram, (sink) => sink.histogram(labels, shape, one));
    const first = page(observed(1, 2));
    expect(page(observed(1, 2))).toBe(first);
    expect(decodeOne(page(observed(1, 2, 3))).metric[0]?.histogram?.sample_sum).toBe(6);
  });
});

test("a metric without series has no message", () => {
  expect(write(counter, [])).toBeUndefined();
});
