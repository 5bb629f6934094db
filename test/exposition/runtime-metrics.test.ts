import { expect, test } from "@jest/globals";
import { createRuntimeMetrics, fillRuntimeMetric } from "../../src/exposition/runtime-metrics.ts";
import type { SeriesSink } from "../../src/exposition/series.ts";

/** What a metric gives, as values. */
function gather(metric: Parameters<typeof fillRuntimeMetric>[0]) {
  const given: unknown[] = [];
  const sink: SeriesSink = {
    value: (labels, own, value, created) => void given.push({ labels: { ...labels, ...own }, value, created }),
    histogram(labels, { bounds }, { counts, sum, count }, created) {
      given.push({ labels, bounds, counts: [...counts], sum, count, created });
    },
  };
  fillRuntimeMetric(metric, sink, 1000);
  return given;
}

test("lines of a histogram become one histogram for each set of labels, whose buckets are not cumulative", () => {
  const line = (suffix: string, labels: Record<string, string | number>, value: number) => ({
    metricName: `gc_seconds_${suffix}`,
    labels,
    value,
  });
  const values = ["minor", "major"].flatMap((kind, index) => [
    line("bucket", { le: 0.1, kind }, 2 + index),
    line("bucket", { le: 1, kind }, 5 + index),
    line("bucket", { le: "+Inf", kind }, 7 + index),
    line("sum", { kind }, 9.5),
    line("count", { kind }, 7 + index),
  ]);
  expect(gather({ name: "gc_seconds", help: "", type: "histogram", values })).toEqual([
    { labels: { kind: "minor" }, bounds: [0.1, 1], counts: [2, 3], sum: 9.5, count: 7, created: 1000 },
    { labels: { kind: "major" }, bounds: [0.1, 1], counts: [3, 3], sum: 9.5, count: 8, created: 1000 },
  ]);
});

test("a gauge's and a counter's values stay as they are", () => {
  const values = [{ labels: { space: "new" }, value: 5 }];
  expect(gather({ name: "heap_bytes", help: "", type: "gauge", values })).toEqual([
    { labels: { space: "new" }, value: 5, created: 1000 },
  ]);
});

test("metrics are those of the process and of Node, without gauges that are named like counters", async () => {
  const metrics = await Promise.all(createRuntimeMetrics().map(({ get }) => get()));
  const names = metrics.map(({ name }) => name);
  expect(names).toContain("process_cpu_seconds_total");
  expect(names).toContain("nodejs_eventloop_lag_seconds");
  expect(metrics.filter(({ name, type }) => name.endsWith("_total") && type !== "counter")).toEqual([]);
});
