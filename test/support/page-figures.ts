/** Pages of a few groups, for tests of what is made of a page. */

import { createAccount, showSums, type Account } from "../../src/account/account.ts";
import { createHistogramPlan } from "../../src/account/histogram-plan.ts";
import type { GroupFigures, Page } from "../../src/exposition/page.ts";
import { slotOf, type FieldKey } from "../../src/fields/fields.ts";
import { histogramMetrics } from "../../src/fields/group-metrics.ts";

/** The histograms of the default configuration. */
export const plan = createHistogramPlan(histogramMetrics);

/** An account with these sums, in kernel units. */
export function accountOf(sums: Partial<Readonly<Record<FieldKey, number>>>): Account {
  const account = createAccount(plan);
  for (const [key, value] of Object.entries(sums)) account.exact[slotOf(key as FieldKey)] = value;
  return account;
}

/** A group of one process with one thread. */
export function groupOf(groupname: string, account: Account): GroupFigures {
  return { labels: { groupname }, account, sums: showSums(account), processes: 1, threads: 1, oldestStart: undefined };
}

export function pageOf(...groups: readonly GroupFigures[]): Page {
  return { groups, histograms: plan, has: () => true, exitsUp: true, exporter: {} };
}
