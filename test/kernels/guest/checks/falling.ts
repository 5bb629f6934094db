/** Law 2: no counter falls. */

import type { ScrapedPage } from "../../../support/page.ts";
import type { Check } from "../check.ts";
import { readGroup } from "../figures.ts";
import { startWorkload } from "../workload.ts";

const scrapes = 60;

const isCounter = (series: string): boolean => /^\w+_(?:total|bucket|sum|count)(?:\{|$)/.test(series);

/** Notes each series that shows less than before. */
function findFalls(page: ScrapedPage, last: Map<string, number>): string[] {
  const falls: string[] = [];
  for (const [series, value] of page.series) {
    if (!isCounter(series)) continue;
    const before = last.get(series) ?? 0;
    if (value < before) falls.push(`${series} from ${before} to ${value}`);
    last.set(series, value);
  }
  for (const series of last.keys()) if (!page.series.has(series)) falls.push(`${series} is gone`);
  return falls;
}

/** The check that no counter falls for a process that is older than the program and whose threads keep exiting. */
export const falling: Check = {
  title: `shows no counter that falls over ${scrapes} scrapes while threads keep ending`,
  async run(verdict, { program }) {
    const young = await startWorkload(["churn", "--threads", "--comm", "young"], { nice: true });
    const last = new Map<string, number>();
    const falls: string[] = [];
    let page = await program.scrape();
    for (let scrape = 0; scrape < scrapes; scrape++) {
      falls.push(...findFalls(page, last));
      page = await program.scrape();
    }
    await young.finish();
    falls.push(...findFalls(await program.scrape(), last));
    verdict.none("falls", falls);
    for (const groupname of ["old", "young"]) {
      const ended = readGroup(page, groupname).threadExits;
      verdict.within(`threads of ${groupname} that ended`, ended, { least: 40, most: Infinity });
      verdict.count(`thread exits, ${groupname}`, ended);
    }
  },
};
