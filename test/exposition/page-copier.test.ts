import { expect, test } from "@jest/globals";
import { showSums } from "../../src/account/account.ts";
import { createPageCopier } from "../../src/exposition/page-copier.ts";
import { slotOf } from "../../src/fields/fields.ts";
import { accountOf, groupOf, pageOf } from "../support/page-figures.ts";

test("a group whose figures are the same as on the page before gets the same copy, another group a new one", () => {
  const [idle, busy] = [accountOf({ ac_minflt: 3 }), accountOf({ ac_minflt: 3 })];
  const [idleGroup, busyGroup] = [groupOf("idle", idle), groupOf("busy", busy)];
  const copier = createPageCopier(1000);
  const first = copier.copy(pageOf(idleGroup, busyGroup), 1010);
  busy.exact[slotOf("ac_minflt")] = 4;
  showSums(busy);
  const second = copier.copy(pageOf({ ...idleGroup }, busyGroup), 1025);
  expect(second.groups[0]).toBe(first.groups[0]);
  expect(second.groups[1]).not.toBe(first.groups[1]);
  const minflt = [first, second].map(({ groups }) => groups[1]?.sums[slotOf("ac_minflt")]);
  expect(minflt).toEqual([3, 4]);
});

test("the counters of a group were 0 when the page before was read, those of the first page when the exporter was started", () => {
  const [first, second] = [groupOf("a", accountOf({})), groupOf("b", accountOf({}))];
  const copier = createPageCopier(1000);
  copier.copy(pageOf(first), 1010);
  const page = copier.copy(pageOf({ ...first, processes: 2 }, second), 1025);
  expect(page.groups.map(({ created, processes }) => [created, processes])).toEqual([
    [1000, 2],
    [1010, 1],
  ]);
  expect(page.started).toBe(1000);
});
