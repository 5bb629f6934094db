/** The lines that the catalogue makes of a page's figures, as values instead of text. */

import { createHistogramPlan } from "../../src/account/histogram-plan.ts";
import { createCatalogue } from "../../src/exposition/catalogue.ts";
import type { Labels } from "../../src/exposition/series.ts";
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

/** All lines of a page that differs from the empty one in `figures`; of a histogram its sum, count and buckets. */
export function catalogueLines(figures: Partial<Page>): CatalogueLine[] {
  const page = { ...emptyPage, ...figures };
  const lines: CatalogueLine[] = [];
  for (const { name, fill } of createCatalogue(page.histograms)) {
    fill(page, {
      value: (labels, own, value) => void lines.push({ name, labels: { ...labels, ...own }, value }),
      histogram(labels, shape, { counts, sum, count }) {
        const own = { ...labels, ...shape.labels };
        let cumulative = 0;
        shape.bounds.forEach((bound, index) => {
          cumulative += counts[index] ?? NaN;
          lines.push({ name: `${name}_bucket`, labels: { ...own, le: String(bound) }, value: cumulative });
        });
        lines.push({ name: `${name}_bucket`, labels: { ...own, le: "+Inf" }, value: count });
        lines.push(
          { name: `${name}_sum`, labels: own, value: sum },
          { name: `${name}_count`, labels: own, value: count },
        );
      },
    });
  }
  return lines;
}
