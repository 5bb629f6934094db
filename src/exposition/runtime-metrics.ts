/** Metrics of the exporter's own process, as prom-client collects them: `process_*` and `nodejs_*`. */

import promClient from "prom-client";
import { noLabels, type Labels, type MetricHead, type SeriesSink } from "./series.ts";

/** One metric as prom-client gives it. */
interface CollectedMetric extends MetricHead {
  readonly values: readonly {
    readonly labels: Readonly<Record<string, string | number>>;
    readonly value: number;
    /** Of a histogram's lines, with `_bucket`, `_sum` or `_count`. */
    readonly metricName?: string;
  }[];
}

export interface RuntimeMetric {
  readonly name: string;
  get(): Promise<CollectedMetric>;
}

/** The default metrics of prom-client that follow Prometheus' rules for names. Others are left out, such as gauges named `_total`. */
const names: readonly string[] = [
  "process_cpu_user_seconds_total",
  "process_cpu_system_seconds_total",
  "process_cpu_seconds_total",
  "process_start_time_seconds",
  "process_resident_memory_bytes",
  "process_virtual_memory_bytes",
  "process_open_fds",
  "process_max_fds",
  "nodejs_eventloop_lag_seconds",
  "nodejs_eventloop_lag_max_seconds",
  "nodejs_eventloop_lag_p99_seconds",
  // The first of these three fills the other two.
  "nodejs_heap_size_total_bytes",
  "nodejs_heap_size_used_bytes",
  "nodejs_external_memory_bytes",
  "nodejs_gc_duration_seconds",
];

/**
 * How often the event loop's lag is measured. Each time wakes the process: every 20 ms it took two fifths of an idle exporter's CPU time, and
 * a tenth of what exit events cost in a storm. A lag that is shorter than the period may go unseen.
 */
const lagPeriodMs = 100;

/** Metrics into which Node counts the timer's own period: without a correction an idle process seems to lag by it. */
const timedMetrics: ReadonlySet<string> = new Set([
  "nodejs_eventloop_lag_max_seconds",
  "nodejs_eventloop_lag_p99_seconds",
]);

async function withoutPeriod(metric: RuntimeMetric): Promise<CollectedMetric> {
  const collected = await metric.get();
  const values = collected.values.map((series) => ({
    ...series,
    value: Math.max(series.value - lagPeriodMs / 1000, 0),
  }));
  return { ...collected, values };
}

/** Begins to collect the metrics. */
export function createRuntimeMetrics(): readonly RuntimeMetric[] {
  const register = new promClient.Registry();
  promClient.collectDefaultMetrics({ register, eventLoopMonitoringPrecision: lagPeriodMs });
  return names.flatMap((name) => {
    const metric = register.getSingleMetric(name) as unknown as RuntimeMetric | undefined;
    if (metric === undefined) return [];
    return [{ name, get: timedMetrics.has(name) ? () => withoutPeriod(metric) : () => metric.get() }];
  });
}

interface GatheredHistogram {
  readonly labels: Labels;
  readonly bounds: number[];
  readonly counts: number[];
  sum: number;
  count: number;
}

/** The histograms of a metric, which prom-client gives line by line: buckets in ascending order, then sum and count. */
function gatherHistograms({ values }: CollectedMetric): Iterable<GatheredHistogram> {
  const gathered = new Map<string, GatheredHistogram>();
  for (const { labels: all, value, metricName = "" } of values) {
    const { le, ...labels } = all;
    const key = JSON.stringify(labels);
    const histogram = gathered.get(key) ?? { labels, bounds: [], counts: [], sum: 0, count: 0 };
    gathered.set(key, histogram);
    if (metricName.endsWith("_sum")) histogram.sum = value;
    else if (metricName.endsWith("_count")) histogram.count = value;
    else if (typeof le === "number") {
      const below = histogram.counts.reduce((sum, count) => sum + count, 0);
      histogram.bounds.push(le);
      histogram.counts.push(value - below);
    }
  }
  return gathered.values();
}

/** Gives a metric's series to a writer. @param started when its counters were 0, in seconds since 1970 */
export function fillRuntimeMetric(metric: CollectedMetric, sink: SeriesSink, started: number | undefined): void {
  if (metric.type !== "histogram") {
    for (const { labels, value } of metric.values) sink.value(labels, noLabels, value, started);
    return;
  }
  for (const { labels, bounds, counts, sum, count } of gatherHistograms(metric))
    sink.histogram(labels, { labels: noLabels, bounds }, { counts: Float64Array.from(counts), sum, count }, started);
}
