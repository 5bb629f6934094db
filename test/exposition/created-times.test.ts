import { expect, test } from "@jest/globals";
import { createAccount, type Account } from "../../src/account/account.ts";
import { createCreatedTimes } from "../../src/exposition/created-times.ts";
import type { Page } from "../../src/exposition/page.ts";

const pageOf = (...accounts: readonly Account[]): Page => ({
  groups: accounts.map((account) => {
    return { labels: {}, account, sums: account.shown, processes: 0, threads: 0, oldestStart: undefined };
  }),
  ...{ histograms: [], has: () => true, exitsUp: true, exporter: {} },
});

test("a group was created when the page before was read, one of the first page when the exporter was started, and stays so", () => {
  const [first, second, third] = [createAccount([]), createAccount([]), createAccount([])];
  const times = createCreatedTimes(1000);
  const created = (page: Page, now: number) => times.add(page, now).groups.map((group) => group.created);
  expect(created(pageOf(first), 1010)).toEqual([1000]);
  expect(created(pageOf(second, first), 1025)).toEqual([1010, 1000]);
  // A group that was away comes back with the counters that it had.
  expect(created(pageOf(first), 1040)).toEqual([1000]);
  expect(created(pageOf(second, third), 1055)).toEqual([1010, 1040]);
});

test("the exporter's own counters were created when it was started", () => {
  expect(createCreatedTimes(1000).add(pageOf(), 1010).started).toBe(1000);
});
