/** What the catalogue consists of. */

import type { Page } from "./page.ts";
import type { MetricHead, SeriesSink } from "./series.ts";

/** One metric: its head, and how a page's figures become its series. */
export interface CatalogueEntry extends MetricHead {
  readonly type: "counter" | "gauge" | "histogram";
  readonly fill: (page: Page, sink: SeriesSink) => void;
}
