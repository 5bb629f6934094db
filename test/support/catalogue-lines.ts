/** The lines that the catalogue makes of a page's figures, as values instead of text. */

import { createHistogramPlan } from "../../src/account/histogram-plan.ts";
import { createCatalogue } from "../../src/exposition/catalogue.ts";
import type { Labels } from "../../src/exposition/lines.ts";
import type { Page } from "../../src/exposition/page.ts";

export interface CatalogueLine {
  /** Name of the metric, with the suffix of a histogram's line. */
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
}

/** A page without any figures. */
export const emptyPage: Page = {
  groups: [],
  histograms: createHistogramPlan([]),
  has: () => true,
  exitsUp: true,
  exporter: {},
};

/** All lines of a page that differs from the empty one in `figures`. */
export function catalogueLines(figures: Partial<Page>): CatalogueLine[] {
  const page = { ...emptyPage, ...figures };
  const lines: CatalogueLine[] = [];
  for (const { name, fill } of createCatalogue(page.histograms)) {
    fill(page, (labels, own, value, suffix = "") => {
      lines.push({ name: `${name}${suffix}`, labels: { ...labels, ...own }, value });
    });
  }
  return lines;
}
