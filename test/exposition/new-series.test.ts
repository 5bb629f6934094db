/** What a page shows otherwise to whoever last had an earlier one. */

import { describe, expect, test } from "@jest/globals";
import { createAccount, showSums, type Account } from "../../src/account/account.ts";
import { createHistogramPlan } from "../../src/account/histogram-plan.ts";
import { createHistogram, observe } from "../../src/account/histogram.ts";
import { createThreadNames, findName } from "../../src/account/thread-names.ts";
import { createNewSeriesTracker, type PageVersion } from "../../src/exposition/new-series.ts";
import { copyPage, type GroupFigures, type Page } from "../../src/exposition/page.ts";
import { patchParts } from "../../src/exposition/patch.ts";
import { createExposition } from "../../src/exposition/exposition.ts";
import { histogramMetrics } from "../../src/fields/group-metrics.ts";
import { parsePage, type ScrapedPage } from "../support/page.ts";

const plan = createHistogramPlan(histogramMetrics);
const exposition = createExposition({ runtimeMetrics: false });

function createBilled(): Account {
  const account = createAccount(plan);
  bill(account);
  return account;
}

/** Five of everything. */
function bill(account: Account): void {
  account.exact.forEach((value, slot) => (account.exact[slot] = value + 5e9));
  account.largest.fill(5e9);
  account.starts += 5;
  account.threadExits += 5;
  account.throttledNs = (account.throttledNs ?? 0) + 5e9;
  account.exits.set(0, (account.exits.get(0) ?? 0) + 5);
  account.plan.forEach(({ metric }, index) =>
    observe((account.histograms[index] ??= createHistogram(metric.buckets)), 5),
  );
}

const group = (groupname: string, account: Account): GroupFigures => {
  return { labels: { groupname }, account, sums: showSums(account), processes: 5, threads: 5, oldestStart: 5 };
};

const page = (...groups: readonly GroupFigures[]): Page => {
  return { groups, histograms: plan, has: () => true, exitsUp: true, exporter: {} };
};

/** The page as a scraper sees it that last had the page of this number. */
async function seen(shown: Page, version: PageVersion, number: number): Promise<ScrapedPage> {
  const held = copyPage(shown);
  const parts = (await exposition.renderParts(held, "text", () => true)) ?? [];
  const difference = version.since(number, held);
  const [before, after] = [difference?.asIs, difference?.shown].map((some) =>
    some === undefined ? [] : exposition.renderSome(some, "text"),
  );
  const patched = patchParts(parts, (await before) ?? [], (await after) ?? []);
  return parsePage(Buffer.concat(patched.map(({ bytes }) => bytes)).toString());
}

const isCounted = ({ types }: ScrapedPage, series: string): boolean => {
  const name = series.replace(/\{.*/s, "");
  return types.get(name) === "counter" || types.get(name.replace(/_(?:bucket|sum|count)$/, "")) === "histogram";
};

test("every counter and histogram of a new group is 0 for who had an earlier page, and no gauge is", async () => {
  const newSeries = createNewSeriesTracker();
  newSeries.note(page());
  const shown = page(group("new", createBilled()));
  const { series, ...rest } = await seen(shown, newSeries.note(shown), 1);
  expect(series.size).toBeGreaterThan(80);
  for (const [name, value] of series) {
    const counted = isCounted({ series, ...rest }, name);
    expect({ name, zero: value === 0 }).toEqual({ name, zero: counted });
  }
});

test("a group is shown as it is to who had its first page, and another one beside it is not changed", async () => {
  const newSeries = createNewSeriesTracker();
  const [old, young] = [createBilled(), createBilled()];
  newSeries.note(page(group("old", old)));
  newSeries.note(page(group("old", old), group("young", young)));
  const shown = page(group("old", old), group("young", young));
  const version = newSeries.note(shown);
  expect(version.since(2, shown)).toBeUndefined();
  const first = await seen(shown, version, 1);
  expect(first.value("taskstats_process_starts_total", { groupname: "old" })).toBe(5);
  expect(first.value("taskstats_process_starts_total", { groupname: "young" })).toBe(0);
});

test("an exit code that is new in an old group is 0, and the other codes are what they are", async () => {
  const newSeries = createNewSeriesTracker();
  const account = createBilled();
  newSeries.note(page(group("g", account)));
  account.exits.set(0x0300, 2);
  const shown = page(group("g", account));
  const { value } = await seen(shown, newSeries.note(shown), 1);
  const exits = (code: string) => value("taskstats_process_exits_total", { groupname: "g", reason: "exited", code });
  expect([exits("3"), exits("0")]).toEqual([0, 5]);
});

test("the throttled time of an old group begins with 0 when one of its control groups has a quota for the first time", async () => {
  const newSeries = createNewSeriesTracker();
  const account = createBilled();
  account.throttledNs = undefined;
  newSeries.note(page(group("g", account)));
  account.throttledNs = 3e9;
  const shown = page(group("g", account));
  const version = newSeries.note(shown);
  const { value } = await seen(shown, version, 1);
  expect(value("taskstats_cpu_throttled_seconds_total", { groupname: "g" })).toBe(0);
  expect(value("taskstats_process_starts_total", { groupname: "g" })).toBe(5);
  expect(version.since(2, shown)).toBeUndefined();
});

test("a group that comes back with its counters begins with what they were when it left", async () => {
  const newSeries = createNewSeriesTracker();
  const account = createBilled();
  newSeries.note(page(group("g", account)));
  newSeries.note(page());
  bill(account);
  const shown = page(group("g", account));
  const version = newSeries.note(shown);
  const starts = async (number: number) =>
    (await seen(shown, version, number)).value("taskstats_process_starts_total", { groupname: "g" });
  // Who had it before, who had the page without it, and who has had no page since before it first came.
  expect([await starts(1), await starts(2), await starts(0)]).toEqual([10, 5, 0]);
});

test("a group that was forgotten and begins anew, and one under another name, begin with 0", async () => {
  const newSeries = createNewSeriesTracker();
  const renamed = createBilled();
  newSeries.note(page(group("g", createBilled()), group("interim", renamed)));
  const shown = page(group("g", createBilled()), group("name", renamed));
  const { sum, value } = await seen(shown, newSeries.note(shown), 1);
  expect(value("taskstats_process_starts_total", { groupname: "g" })).toBe(0);
  expect(value("taskstats_process_starts_total", { groupname: "name" })).toBe(0);
  expect(sum("taskstats_process_lifetime_seconds_count")).toBe(0);
});

test("an error code that the exporter counts for the first time is 0", async () => {
  const newSeries = createNewSeriesTracker();
  const own = (codes: Record<string, number>): Page => {
    const scrapeErrors = Object.entries(codes).map(([code, value]) => ({ labels: { code }, value }));
    return { ...page(), exporter: { scrapeErrors } };
  };
  newSeries.note(own({ NOT_READY: 3 }));
  const shown = own({ NOT_READY: 4, SCRAPE_TIMEOUT: 1 });
  const { value } = await seen(shown, newSeries.note(shown), 1);
  const errors = (code: string) => value("taskstats_exporter_scrape_errors_total", { code });
  expect([errors("NOT_READY"), errors("SCRAPE_TIMEOUT")]).toEqual([4, 0]);
});

describe("counters by the names of threads", () => {
  /** A group with names, and the seconds of CPU time that each has used. */
  function withNames(account: Account, seconds: Readonly<Record<string, number>>): GroupFigures {
    const names = (account.threadNames ??= createThreadNames(50));
    for (const [name, value] of Object.entries(seconds)) findName(names, name).sums.fill(value * 1e9);
    const figures = [...names.byName].map(([name, { labels, sums }]) => [name, { labels, sums, threads: 1 }] as const);
    return { ...group("job", account), threadNames: new Map(figures) };
  }

  const cpu = "taskstats_thread_cpu_run_seconds_total";
  const secondsOf = (shown: ScrapedPage, threadname: string): number | undefined =>
    shown.value(cpu, { groupname: "job", threadname });

  test("begin at 0 for a name that is new in a group that is known", async () => {
    const newSeries = createNewSeriesTracker();
    const account = createBilled();
    newSeries.note(page(withNames(account, { old: 3 })));
    const shown = page(withNames(account, { old: 5, young: 7 }));
    const version = newSeries.note(shown);
    const former = await seen(shown, version, 1);
    expect([secondsOf(former, "old"), secondsOf(former, "young")]).toEqual([5, 0]);
    expect(former.value("taskstats_threads_by_name", { groupname: "job", threadname: "young" })).toBe(1);
    expect(secondsOf(await seen(shown, version, 2), "young")).toBe(7);
  });

  test("begin at 0 in a new group", async () => {
    const newSeries = createNewSeriesTracker();
    newSeries.note(page());
    const shown = page(withNames(createBilled(), { young: 7 }));
    expect(secondsOf(await seen(shown, newSeries.note(shown), 1), "young")).toBe(0);
  });

  test("of a group that comes back begin with what they were when it left, and new names of it with 0", async () => {
    const newSeries = createNewSeriesTracker();
    const account = createBilled();
    newSeries.note(page(withNames(account, { old: 3 })));
    newSeries.note(page());
    const shown = page(withNames(account, { old: 5, young: 7 }));
    const back = await seen(shown, newSeries.note(shown), 2);
    expect([secondsOf(back, "old"), secondsOf(back, "young")]).toEqual([3, 0]);
  });
});
