/** The exposition's own part: in which turns of the event loop a page is rendered, and of which moment its figures are. */

import { expect, test } from "@jest/globals";
import { setImmediate as nextTurn } from "node:timers/promises";
import { createAccount, showSums } from "../../src/account/account.ts";
import { createHistogram } from "../../src/account/histogram.ts";
import { createExposition } from "../../src/exposition/exposition.ts";
import type { GroupFigures, Page } from "../../src/exposition/page.ts";
import { createHistogramPlan } from "../../src/account/histogram-plan.ts";
import { histogramMetrics } from "../../src/fields/group-metrics.ts";
import { parsePage } from "../support/page.ts";

const plan = createHistogramPlan(histogramMetrics);

function createGroup(_value: unknown, index: number): GroupFigures {
  const account = createAccount(plan);
  account.exact.fill(7);
  account.starts = 5;
  account.exits.set(0, 5);
  account.histograms = plan.map(({ metric }) => createHistogram(metric.buckets));
  const labels = { groupname: `group-${index}` };
  return { labels, account, sums: showSums(account), processes: 1, threads: 1, oldestStart: undefined };
}

function createPage(groups: number): Page {
  const figures = Array.from({ length: groups }, createGroup);
  return { groups: figures, histograms: plan, has: () => true, exitsUp: true, exporter: {} };
}

/** Does something in each turn of the event loop until the page is there. @returns the page, and how many turns it took */
async function renderWhile(page: Page, repeat: () => void): Promise<{ text: string; turns: number }> {
  let text: string | undefined;
  const done = createExposition({ runtimeMetrics: false })
    .render(page, "text")
    .then((rendered) => (text = rendered.toString()));
  let turns = 0;
  for (; text === undefined; turns++) {
    await nextTurn();
    repeat();
  }
  return { text: await done, turns };
}

test("a page of 200 groups lets the event loop turn at least once every 4,096 lines", async () => {
  const { text, turns } = await renderWhile(createPage(200), () => undefined);
  expect(text.split("\n").length).toBeGreaterThan(20_000);
  expect(turns).toBeGreaterThanOrEqual(5);
});

test("what is billed while a page is rendered is not on it", async () => {
  const page = createPage(200);
  const { text } = await renderWhile(page, () => {
    for (const { account } of page.groups) {
      account.starts++;
      account.exits.set(0, (account.exits.get(0) ?? 0) + 1);
      account.exact.fill(1e9);
      showSums(account);
      for (const histogram of account.histograms) if (histogram !== undefined) histogram.count++;
    }
  });
  const shown = parsePage(text);
  expect(shown.sum("taskstats_process_starts_total")).toBe(1000);
  expect(shown.sum("taskstats_process_exits_total")).toBe(1000);
  expect(shown.sum("taskstats_page_faults_total", { kind: "minor" })).toBe(1400);
  expect(shown.sum("taskstats_process_lifetime_seconds_count")).toBe(0);
});
