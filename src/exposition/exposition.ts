/** A page in the formats that scrapers take: the catalogue's metrics, and the runtime's own. */

import { setImmediate as nextTurn } from "node:timers/promises";
import type { HistogramPlan } from "../account/histogram-plan.ts";
import { createCatalogue, type CatalogueEntry } from "./catalogue.ts";
import { createLineWriter, noLabels, type AddLine, type Format, type LineWriter } from "./lines.ts";
import { copyPage, type Page } from "./page.ts";
import { createRuntimeMetrics } from "./runtime-metrics.ts";

export const contentTypes: Readonly<Record<Format, string>> = {
  text: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
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
   * Renders a page that is held (`copyPage`), metric by metric.
   *
   * @returns undefined where nobody wants it any more
   */
  renderParts(held: Page, format: Format, isWanted: () => boolean): Promise<readonly Part[] | undefined>;
  /** As `renderParts`, without the runtime's own metrics: for a few series of a page, which all are wanted. */
  renderSome(held: Page, format: Format): Promise<readonly Part[]>;
}

/** What stands between the lines of two metrics. */
const joints = { text: "\n", openmetrics: "" } as const satisfies Record<Format, string>;

/** What stands at the end of a page. */
const ends = { text: "", openmetrics: "# EOF\n" } as const satisfies Record<Format, string>;

/** Lines that are written between two turns of the event loop: one to three milliseconds. */
const linesPerTurn = 4096;

/** @param options.runtimeMetrics whether the page shows `process_*` and `nodejs_*` too */
export function createExposition(options: { readonly runtimeMetrics: boolean }): Exposition {
  let catalogue: { readonly plan: HistogramPlan; readonly entries: readonly CatalogueEntry[] } | undefined;
  const runtime = options.runtimeMetrics ? createRuntimeMetrics() : [];
  const writers = { text: createLineWriter("text"), openmetrics: createLineWriter("openmetrics") } as const;

  function findEntries(plan: HistogramPlan): readonly CatalogueEntry[] {
    if (catalogue?.plan !== plan) catalogue = { plan, entries: createCatalogue(plan) };
    return catalogue.entries;
  }

  /** The catalogue's metrics that have lines. */
  async function* renderEntries(held: Page, writer: LineWriter, joint: string): AsyncGenerator<Part> {
    let paused = writer.count;
    let lead = "";
    for (const entry of findEntries(held.histograms)) {
      const bytes = writer.write(entry, (add) => entry.fill(held, add), lead);
      if (bytes !== undefined) {
        yield { name: entry.name, bytes };
        lead = joint;
      }
      if (writer.count - paused < linesPerTurn) continue;
      await nextTurn();
      paused = writer.count;
    }
  }

  async function* renderRuntime(writer: LineWriter, lead: string): AsyncGenerator<Part> {
    for (const { name, get } of runtime) {
      const metric = await get();
      const fill = (add: AddLine): void => {
        for (const { labels, value, metricName = name } of metric.values)
          add(labels, noLabels, value, metricName.slice(name.length));
      };
      const bytes = writer.write(metric, fill, lead);
      if (bytes !== undefined) yield { name, bytes };
    }
  }

  const renderParts: Exposition["renderParts"] = async (held, format, isWanted) => {
    const parts: Part[] = [];
    const joint = joints[format];
    for (const source of [renderEntries(held, writers[format], joint), renderRuntime(writers[format], joint)]) {
      for await (const part of source) {
        parts.push(part);
        if (!isWanted()) return undefined;
      }
    }
    return [...parts, { name: "", bytes: Buffer.from(ends[format]) }];
  };

  return {
    async render(page, format) {
      const parts = (await renderParts(copyPage(page), format, () => true)) ?? [];
      return Buffer.concat(parts.map(({ bytes }) => bytes)).toString();
    },
    renderParts,
    async renderSome(held, format) {
      const parts: Part[] = [];
      for await (const part of renderEntries(held, writers[format], joints[format])) parts.push(part);
      return parts;
    },
  };
}
