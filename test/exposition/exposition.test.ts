/** The exposition's own part: in which turns of the event loop a page is rendered, of which moment its figures are, and what it takes over from
 * the page before. */

import { expect, test } from "@jest/globals";
import { setImmediate as nextTurn } from "node:timers/promises";
import { createAccount, showSums } from "../../src/account/account.ts";
import { createHistogram, observe } from "../../src/account/histogram.ts";
import { createExposition, type Exposition } from "../../src/exposition/exposition.ts";
import { createPageCopier } from "../../src/exposition/page-copier.ts";
import type { GroupFigures, Page } from "../../src/exposition/page.ts";
import type { Format } from "../../src/exposition/series.ts";
import { createHistogramPlan } from "../../src/account/histogram-plan.ts";
import { histogramMetrics } from "../../src/fields/group-metrics.ts";
import { parsePage } from "../support/page.ts";
import { fc } from "../support/properties.ts";

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

/** What happens between two pages. The group is one of four; the exposition does not know what happened. */
type Happening =
  | { readonly kind: "leave" | "run" | "exit" | "observe" | "fork"; readonly group: number }
  | { readonly kind: "delayacct" | "listener" | "nothing" | "cut" };

const happenings = fc.oneof(
  fc.record({
    kind: fc.constantFrom("leave", "run", "exit", "observe", "fork"),
    group: fc.nat({ max: 3 }),
  }),
  fc.record({ kind: fc.constantFrom("delayacct", "listener", "nothing", "cut") }),
) as fc.Arbitrary<Happening>;

function createWorld() {
  const groups = Array.from({ length: 4 }, (_, index) => ({ ...createGroup(undefined, index), processes: 1 }));
  const absent = new Set<number>();
  for (const { account } of groups) account.histograms = plan.map(() => undefined);
  const state = { delayacct: false, exitsUp: true };
  return {
    apply(happening: Happening): void {
      if (happening.kind === "delayacct") state.delayacct = !state.delayacct;
      if (happening.kind === "listener") state.exitsUp = !state.exitsUp;
      if (!("group" in happening)) return;
      const group = groups[happening.group] as (typeof groups)[number];
      const { account } = group;
      if (happening.kind === "leave" && !absent.delete(happening.group)) absent.add(happening.group);
      if (happening.kind === "run") account.exact.forEach((value, slot) => (account.exact[slot] = value + slot));
      if (happening.kind === "exit") account.exits.set(9, (account.exits.get(9) ?? 0) + 1);
      if (happening.kind === "observe") observe((account.histograms[0] ??= createHistogram([1, 5])), 2);
      if (happening.kind === "fork") group.processes++;
    },
    page: (): Page => ({
      groups: groups
        .filter((_, index) => !absent.has(index))
        .map((group) => ({ ...group, sums: showSums(group.account) })),
      histograms: plan,
      has: (slot) => state.delayacct || slot % 2 === 0,
      exitsUp: state.exitsUp,
      exporter: { groups: [{ value: groups.length }] },
    }),
  };
}

const bytesOf = async (exposition: Exposition, page: Page, format: Format): Promise<Buffer> =>
  Buffer.concat(((await exposition.renderParts(page, format, () => true)) ?? []).map(({ bytes }) => bytes));

test.each<Format>(["text", "openmetrics", "protobuf"])(
  "in %s a page is the same bytes whatever pages were rendered before it, and where one was given up in the middle",
  async (format) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(happenings, { maxLength: 3 }), { minLength: 1, maxLength: 6 }),
        async (pages) => {
          const exposition = createExposition({ runtimeMetrics: false });
          const world = createWorld();
          const copier = createPageCopier(1000);
          for (const [index, between] of pages.entries()) {
            between.forEach((happening) => world.apply(happening));
            const page = copier.copy(world.page(), 1010 + index);
            if (between.some(({ kind }) => kind === "cut")) {
              let parts = 0;
              await exposition.renderParts(page, format, () => parts++ < 7);
              continue;
            }
            const fresh = await bytesOf(createExposition({ runtimeMetrics: false }), page, format);
            expect(await bytesOf(exposition, page, format)).toEqual(fresh);
          }
        },
      ),
      { numRuns: 30 },
    );
  },
);
