/** The runtime's own metrics, as prom-client collects them: `process_*` and `nodejs_*`. */

import promClient from "prom-client";
import type { MetricHead } from "./lines.ts";

/** What prom-client tells of one metric. */
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

/** prom-client's default metrics that follow Prometheus' naming: the rest are gauges named `_total` and their like. */
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

/** How often the event loop's lag is measured; at the default of 10 ms that is half of what an idle exporter does. */
const lagPeriodMs = 20;

/** Node counts the timer's own period into the lag, so that an idle process seems to lag by it. */
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

/** Begins to collect them. */
export function createRuntimeMetrics(): readonly RuntimeMetric[] {
  const register = new promClient.Registry();
  promClient.collectDefaultMetrics({ register, eventLoopMonitoringPrecision: lagPeriodMs });
  return names.flatMap((name) => {
    const metric = register.getSingleMetric(name) as unknown as RuntimeMetric | undefined;
    if (metric === undefined) return [];
    return [{ name, get: timedMetrics.has(name) ? () => withoutPeriod(metric) : () => metric.get() }];
  });
}
