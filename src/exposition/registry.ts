/** The catalogue in prom-client's registries: one per exposition format, since prom-client renames counters for OpenMetrics. */

import { setImmediate as nextTurn } from "node:timers/promises";
import promClient, { type Metric } from "prom-client";
import type { HistogramPlan } from "../account/histogram-plan.ts";
import { createCatalogue, type CatalogueEntry } from "./catalogue.ts";
import { holdPage, type Page } from "./page.ts";
import type { Series } from "./series.ts";

export type Format = "text" | "openmetrics";

export const contentTypes: Readonly<Record<Format, string>> = {
  text: promClient.Registry.PROMETHEUS_CONTENT_TYPE,
  openmetrics: promClient.Registry.OPENMETRICS_CONTENT_TYPE,
};

/** One metric's lines with their head, and what stands between them and the metric before. */
export interface Part {
  /** Of the metric; empty for the end of the page. */
  readonly name: string;
  readonly bytes: Buffer;
}

export interface Exposition {
  /** Renders the page, a long one in turns of the event loop. All figures are read before the first, so that they belong together. */
  render(page: Page, format: Format): Promise<string>;
  /**
   * Renders a page that is held (`holdPage`), metric by metric.
   *
   * @returns undefined where nobody wants it any more
   */
  renderParts(held: Page, format: Format, isWanted: () => boolean): Promise<readonly Part[] | undefined>;
  /** As `renderParts`, without the runtime's own metrics: for a few series of a page, which all are wanted. */
  renderSome(held: Page, format: Format): Promise<readonly Part[]>;
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

/** What stands between the lines of two metrics. */
const joints = { text: "\n", openmetrics: "" } as const satisfies Record<Format, string>;

/** What stands at the end of a page. */
const ends = { text: "", openmetrics: "# EOF\n" } as const satisfies Record<Format, string>;

/** Lines that are rendered between two turns of the event loop: three to five milliseconds. */
const linesPerTurn = 2048;

/** Waits for a turn of the event loop whenever so many lines have been rendered since the last. */
function createPause(): (lines: number) => Promise<void> {
  let rendered = 0;
  return async (lines) => {
    rendered += lines;
    if (rendered < linesPerTurn) return;
    rendered = 0;
    await nextTurn();
  };
}

/** OpenMetrics names a counter's family without `_total`; prom-client puts it back on each line. */
function familyName({ name, type }: RenderedMetric, format: Format): string {
  return format === "openmetrics" && type === "counter" ? name.replace(/_total$/, "") : name;
}

/** Renders one metric at a time: a registry that renders all of them does so in one go. */
function createRenderer(format: Format): (metric: RenderedMetric) => Promise<Part> {
  let joint = "";
  const registry = new promClient.Registry();
  registry.setContentType(contentTypes[format] as promClient.PrometheusContentType);
  return async (metric) => {
    const name = familyName(metric, format);
    registry.registerMetric({ name, get: () => Promise.resolve({ ...metric, name }) } as unknown as Metric);
    const text = await registry.getSingleMetricAsString(name);
    registry.removeSingleMetric(name);
    const bytes = Buffer.from(`${joint}${text}\n`);
    joint = joints[format];
    return { name: metric.name, bytes };
  };
}

/** @param options.runtimeMetrics whether the page shows `process_*` and `nodejs_*` too */
export function createExposition(options: { readonly runtimeMetrics: boolean }): Exposition {
  let catalogue: { readonly plan: HistogramPlan; readonly entries: readonly CatalogueEntry[] } | undefined;
  const runtime = options.runtimeMetrics ? collectRuntimeMetrics() : [];

  function findEntries(plan: HistogramPlan): readonly CatalogueEntry[] {
    if (catalogue?.plan !== plan) catalogue = { plan, entries: createCatalogue(plan) };
    return catalogue.entries;
  }

  type Render = ReturnType<typeof createRenderer>;

  async function* renderEntries(held: Page, render: Render): AsyncGenerator<Part> {
    const pause = createPause();
    for (const { series, ...metric } of findEntries(held.histograms)) {
      const values = series(held);
      // A metric without series is left out: absent is not zero.
      if (values.length > 0) yield await render({ ...metric, values });
      await pause(values.length);
    }
  }

  async function* renderRuntime(render: Render): AsyncGenerator<Part> {
    for (const { get } of runtime) yield await render(await get());
  }

  const renderParts: Exposition["renderParts"] = async (held, format, isWanted) => {
    const parts: Part[] = [];
    const render = createRenderer(format);
    for (const source of [renderEntries(held, render), renderRuntime(render)]) {
      for await (const part of source) {
        parts.push(part);
        if (!isWanted()) return undefined;
      }
    }
    return [...parts, { name: "", bytes: Buffer.from(ends[format]) }];
  };

  return {
    async render(page, format) {
      const parts = (await renderParts(holdPage(page), format, () => true)) ?? [];
      return Buffer.concat(parts.map(({ bytes }) => bytes)).toString();
    },
    renderParts,
    async renderSome(held, format) {
      const parts: Part[] = [];
      for await (const part of renderEntries(held, createRenderer(format))) parts.push(part);
      return parts;
    },
  };
}
