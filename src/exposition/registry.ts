/** The catalogue in prom-client's registries: one per exposition format, since prom-client renames counters for OpenMetrics. */

import promClient, { type Metric } from "prom-client";
import type { HistogramPlan } from "../account/histogram-plan.ts";
import { createCatalogue, type CatalogueEntry } from "./catalogue.ts";
import type { Page } from "./page.ts";
import type { Series } from "./series.ts";

export type Format = "text" | "openmetrics";

export const contentTypes: Readonly<Record<Format, string>> = {
  text: promClient.Registry.PROMETHEUS_CONTENT_TYPE,
  openmetrics: promClient.Registry.OPENMETRICS_CONTENT_TYPE,
};

export interface Exposition {
  /** Renders the page. All figures are read before the first turn of the event loop, so that they belong together. */
  render(page: Page, format: Format): Promise<string>;
}

/** What prom-client asks of a metric that it renders. */
interface RenderedMetric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly values: readonly Series[];
}

/** prom-client's default metrics that follow Prometheus' naming: the rest are gauges named `_total` and their like. */
const runtimeMetrics: readonly string[] = [
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

async function withoutPeriod(metric: CollectedMetric): Promise<RenderedMetric> {
  const rendered = await metric.get();
  const values = rendered.values.map((series) => ({
    ...series,
    value: Math.max(series.value - lagPeriodMs / 1000, 0),
  }));
  return { ...rendered, values };
}

function collectRuntimeMetrics(): CollectedMetric[] {
  const register = new promClient.Registry();
  promClient.collectDefaultMetrics({ register, eventLoopMonitoringPrecision: lagPeriodMs });
  return runtimeMetrics.flatMap((name) => {
    const metric = register.getSingleMetric(name) as unknown as CollectedMetric | undefined;
    if (metric === undefined) return [];
    return [{ name, get: timedMetrics.has(name) ? () => withoutPeriod(metric) : () => metric.get() }];
  });
}

interface CollectedMetric {
  readonly name: string;
  get(): Promise<RenderedMetric>;
}

/** OpenMetrics names a counter's family without `_total`; prom-client puts it back on each line. */
function familyName(name: string, type: string, format: Format): string {
  return format === "openmetrics" && type === "counter" ? name.replace(/_total$/, "") : name;
}

function register(registry: promClient.Registry, name: string, get: () => Promise<RenderedMetric>): void {
  registry.registerMetric({ name, get } as unknown as Metric);
}

/** @param options.runtimeMetrics whether the page shows `process_*` and `nodejs_*` too */
export function createExposition(options: { readonly runtimeMetrics: boolean }): Exposition {
  let catalogue: { readonly plan: HistogramPlan; readonly entries: readonly CatalogueEntry[] } | undefined;
  const runtime = options.runtimeMetrics ? collectRuntimeMetrics() : [];

  function createRegistry(format: Format, page: Page): promClient.Registry {
    const registry = new promClient.Registry();
    registry.setContentType(contentTypes[format] as promClient.PrometheusContentType);
    if (catalogue?.plan !== page.histograms) {
      catalogue = { plan: page.histograms, entries: createCatalogue(page.histograms) };
    }
    for (const entry of catalogue.entries) registerEntry(registry, entry, { format, page });
    for (const { name, get } of runtime) {
      register(registry, name, async () => {
        const metric = await get();
        return { ...metric, name: familyName(name, metric.type, format) };
      });
    }
    return registry;
  }

  return { render: (page, format) => createRegistry(format, page).metrics() };
}

/** A metric without series is left out: absent is not zero. */
function registerEntry(
  registry: promClient.Registry,
  { name, help, type, series }: CatalogueEntry,
  { format, page }: { readonly format: Format; readonly page: Page },
): void {
  const values = series(page);
  if (values.length === 0) return;
  const rendered = { name: familyName(name, type, format), help, type, values };
  register(registry, rendered.name, () => Promise.resolve(rendered));
}
