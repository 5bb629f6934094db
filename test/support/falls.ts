/** Finds counters that fall between two pages, which law 2 forbids. */

import type { ScrapedPage } from "./page.ts";

export interface Falls {
  note(page: ScrapedPage): void;
  /** Every series that fell, with both values. */
  readonly found: readonly string[];
  readonly pages: number;
}

const counterName = /_(?:total|bucket|sum|count)$/;

export function createFalls(): Falls {
  const last = new Map<string, number>();
  const found: string[] = [];
  let pages = 0;
  return {
    found,
    note(page) {
      pages++;
      for (const [series, value] of page.series) {
        if (!counterName.test(series.split("{", 1)[0] ?? "")) continue;
        const before = last.get(series) ?? 0;
        if (value < before) found.push(`${series}: ${before} to ${value}`);
        last.set(series, value);
      }
    },
    get pages() {
      return pages;
    },
  };
}
