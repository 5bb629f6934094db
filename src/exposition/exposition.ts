/** A page in the formats that scrapers take: the catalogue's metrics, and the runtime's own. */

import { setImmediate as nextTurn } from "node:timers/promises";
import type { HistogramPlan } from "../account/histogram-plan.ts";
import type { CatalogueEntry } from "./catalogue-entry.ts";
import { createCatalogue } from "./catalogue.ts";
import { findChanges, noteWritten, withChanged, type WrittenPage } from "./group-changes.ts";
import { copyPage, type Page } from "./page.ts";
import { createProtobufWriter } from "./protobuf-writer.ts";
import { createRuntimeMetrics, fillRuntimeMetric } from "./runtime-metrics.ts";
import type { Format, GroupChanges, MetricWriter } from "./series.ts";
import { createTextWriter } from "./text-writer.ts";

export const contentTypes: Readonly<Record<Format, string>> = {
  text: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
  protobuf: "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited",
};

/** One metric as it is written, or what stands between two metrics. */
export interface Part {
  /** Of the metric; empty for what belongs to none. */
  readonly name: string;
  readonly bytes: Buffer;
}

export interface Exposition {
  /** Series of the last whole page. */
  readonly seriesCount: number;
  /** Renders a page. It is copied first, so that all figures are of one moment, although rendering yields to the event loop. */
  render(page: Page, format: Format): Promise<Buffer>;
  /**
   * Renders a copied page (`copyPage`), metric by metric.
   *
   * @returns undefined where nobody wants it any more
   */
  renderParts(copied: Page, format: Format, isWanted: () => boolean): Promise<readonly Part[] | undefined>;
  /** Renders some groups and figures of a page, without the runtime's own metrics. */
  renderSome(copied: Page, format: Format): Promise<readonly Part[]>;
}

/** What stands between two metrics, and at the end of a page. */
const joints: Readonly<Record<Format, { readonly between: Buffer; readonly end: Buffer }>> = {
  text: { between: Buffer.from("\n"), end: Buffer.alloc(0) },
  openmetrics: { between: Buffer.alloc(0), end: Buffer.from("# EOF\n") },
  protobuf: { between: Buffer.alloc(0), end: Buffer.alloc(0) },
};

/** Series that a writer is given between two turns of the event loop: a millisecond where all are new. */
const seriesPerTurn = 4096;

/** What a format's writer remembers of its last page is given up after so many pages in other formats. */
const pagesUntilForgotten = 20;

const createWriter = (format: Format): MetricWriter =>
  format === "protobuf" ? createProtobufWriter() : createTextWriter(format);

/** A writer, and what it remembers. */
interface FormatWriter {
  readonly writer: MetricWriter;
  /** The last page that it has written whole. */
  written: WrittenPage | undefined;
  /** Pages in other formats since then. */
  unused: number;
}

const createFormatWriter = (format: Format): FormatWriter => ({
  writer: createWriter(format),
  written: undefined,
  unused: 0,
});

/** Writers by format. */
function createWriters() {
  const writers = new Map<Format, FormatWriter>();
  return {
    take(format: Format): FormatWriter {
      for (const [other, entry] of writers) {
        entry.unused++;
        if (entry.unused > pagesUntilForgotten) writers.delete(other);
      }
      const taken = writers.get(format) ?? createFormatWriter(format);
      writers.set(format, taken);
      taken.unused = 0;
      return taken;
    },
  };
}

export interface ExpositionOptions {
  /** Whether the page shows `process_*` and `nodejs_*` too. */
  readonly runtimeMetrics: boolean;
  /** Whether the page shows the metrics of process-exporter too, under its names. The default is false. */
  readonly processExporterNames?: boolean;
}

export function createExposition(options: ExpositionOptions): Exposition {
  let catalogue: { readonly plan: HistogramPlan; readonly entries: readonly CatalogueEntry[] } | undefined;
  const runtime = options.runtimeMetrics ? createRuntimeMetrics() : [];
  const writers = createWriters();
  let seriesCount = 0;

  function findEntries(plan: HistogramPlan): readonly CatalogueEntry[] {
    if (catalogue?.plan !== plan) catalogue = { plan, entries: createCatalogue(plan, options) };
    return catalogue.entries;
  }

  /** The catalogue's metrics that have series. */
  async function* renderEntries(copied: Page, writer: MetricWriter, changes: GroupChanges): AsyncGenerator<Part> {
    const pages = { all: copied, changed: withChanged(copied, changes) };
    let paused = writer.work;
    for (const entry of findEntries(copied.histograms)) {
      const bytes = writer.write(entry, (sink, groups) => entry.fill(pages[groups], sink), changes);
      if (bytes !== undefined) yield { name: entry.name, bytes };
      if (writer.work - paused < seriesPerTurn) continue;
      await nextTurn();
      paused = writer.work;
    }
  }

  async function* renderRuntime(writer: MetricWriter, started: number | undefined): AsyncGenerator<Part> {
    for (const { name, get } of runtime) {
      const metric = await get();
      const bytes = writer.write(metric, (sink) => fillRuntimeMetric(metric, sink, started));
      if (bytes !== undefined) yield { name, bytes };
    }
  }

  const renderParts: Exposition["renderParts"] = async (copied, format, isWanted) => {
    const parts: Part[] = [];
    const { between, end } = joints[format];
    const taken = writers.take(format);
    const { writer } = taken;
    const before = writer.count;
    const written = noteWritten(copied);
    const changes = findChanges(written, taken.written);
    // Until the page has been written whole, the writer remembers metrics of both pages.
    taken.written = undefined;
    for (const source of [renderEntries(copied, writer, changes), renderRuntime(writer, copied.started)]) {
      for await (const part of source) {
        if (parts.length > 0) parts.push({ name: "", bytes: between });
        parts.push(part);
        if (!isWanted()) return undefined;
      }
    }
    taken.written = written;
    seriesCount = writer.count - before;
    return [...parts, { name: "", bytes: end }].filter(({ bytes }) => bytes.length > 0);
  };

  return {
    get seriesCount() {
      return seriesCount;
    },
    async render(page, format) {
      const parts = (await renderParts(copyPage(page), format, () => true)) ?? [];
      return Buffer.concat(parts.map(({ bytes }) => bytes));
    },
    renderParts,
    async renderSome(copied, format) {
      const parts: Part[] = [];
      // A writer of its own: what the others remember is of whole pages.
      const changes = findChanges(noteWritten(copied), undefined);
      for await (const part of renderEntries(copied, createWriter(format), changes)) parts.push(part);
      return parts;
    },
  };
}
