import { expect, test } from "@jest/globals";
import { createHistogramPlan, isSameSeries, type HistogramSeries } from "../../src/account/histogram-plan.ts";
import { slotOf } from "../../src/fields/fields.ts";
import { histogramMetrics, type HistogramMetric } from "../../src/fields/group-metrics.ts";

const rss: HistogramMetric = {
  name: "rss",
  help: "",
  stability: "stable",
  buckets: [1, 2],
  series: [{ labels: {}, field: "hiwater_rss" }],
};
const delay: HistogramMetric = {
  name: "delay",
  help: "",
  stability: "stable",
  buckets: [1],
  series: [
    { labels: { kind: "cpu" }, field: "cpu_delay_total" },
    { labels: { kind: "blkio" }, field: "blkio_delay_total" },
  ],
};

const only = (metric: HistogramMetric): HistogramSeries => createHistogramPlan([metric])[0] as HistogramSeries;

test("a plan has a row for each series, metric by metric, in the order of the metrics", () => {
  expect(createHistogramPlan([delay, rss]).map(({ metric, labels, slot }) => [metric.name, labels, slot])).toEqual([
    ["delay", { kind: "cpu" }, slotOf("cpu_delay_total")],
    ["delay", { kind: "blkio" }, slotOf("blkio_delay_total")],
    ["rss", {}, slotOf("hiwater_rss")],
  ]);
  expect(createHistogramPlan([])).toEqual([]);
});

test("each row converts from the kernel's unit of its field: kilobytes to bytes, ns and us to seconds", () => {
  expect(only(rss).convert(3)).toBe(3072);
  expect(only(delay).convert(1_500_000_000)).toBe(1.5);
  expect(only({ ...rss, series: [{ labels: {}, field: "ac_tgetime" }] }).convert(1_500_000)).toBe(1.5);
});

test("the same series of two plans is the same, though the plans are two objects", () => {
  const [one, other] = [createHistogramPlan(histogramMetrics), createHistogramPlan(structuredClone(histogramMetrics))];
  const same = one.map((series) => other.findIndex((candidate) => isSameSeries(series, candidate)));
  expect(same).toEqual(one.map((_series, index) => index));
});

test.each<[what: string, other: HistogramMetric]>([
  ["name", { ...rss, name: "other" }],
  ["field", { ...rss, series: [{ labels: {}, field: "hiwater_vm" }] }],
  ["bound", { ...rss, buckets: [1, 3] }],
  ["number of bounds", { ...rss, buckets: [1] }],
])("a series with another %s is another series", (_what, other) => {
  expect(isSameSeries(only(rss), only(other))).toBe(false);
});
