import { expect, test } from "@jest/globals";
import { recordExit, showSums } from "../../src/account/account.ts";
import { createThreadNames, findName } from "../../src/account/thread-names.ts";
import { copyGroup, copyPage } from "../../src/exposition/page.ts";
import { slotOf } from "../../src/fields/fields.ts";
import { createRecord } from "../../src/taskstats/record.ts";
import { accountOf, groupOf, pageOf } from "../support/page-figures.ts";

test("a copied page stays what it was when more is billed to its groups", () => {
  const account = accountOf({ ac_minflt: 3 });
  const original = groupOf("job", account);
  const copied = copyPage(pageOf(original));
  account.shown[slotOf("ac_minflt")] = 4;
  account.starts++;
  const record = createRecord().fill(1);
  recordExit(account, 0, { process: record, last: record });
  expect(original.sums[slotOf("ac_minflt")]).toBe(4);
  const [group] = copied.groups;
  expect(group?.sums[slotOf("ac_minflt")]).toBe(3);
  expect(group?.account).toMatchObject({ starts: 0, exits: new Map([[0, 0]]) });
  expect(group?.account.histograms.every((histogram) => histogram === undefined)).toBe(true);
});

test("a copy shares with the former copy what has not changed, and nothing with the original that may change", () => {
  const account = accountOf({ ac_minflt: 3 });
  const record = createRecord().fill(1);
  recordExit(account, 0, { process: record, last: record });
  const group = groupOf("job", account);
  const first = copyGroup(group);
  account.exact[0] = 9;
  showSums(account);
  const second = copyGroup(group, first);
  expect(second.account.shown).not.toBe(first.account.shown);
  for (const figure of ["largest", "exits"] as const) expect(second.account[figure]).toBe(first.account[figure]);
  second.account.histograms.forEach((histogram, index) => expect(histogram).toBe(first.account.histograms[index]));
  account.largest[0] = 9;
  recordExit(account, 0, { process: record, last: record });
  const third = copyGroup(group, second);
  expect(third.account.shown).toBe(second.account.shown);
  expect(third.account).toMatchObject({ shown: account.shown, largest: account.largest, exits: new Map([[0, 2]]) });
  expect(third.account.histograms.map((histogram) => histogram?.count)).toEqual(account.histograms.map(() => 2));
  expect(second.account.exits).toEqual(new Map([[0, 1]]));
});

test("a copy shares no histogram with a former copy under another plan", () => {
  const account = accountOf({});
  const record = createRecord().fill(1);
  recordExit(account, 0, { process: record, last: record });
  const group = groupOf("job", account);
  const first = copyGroup(group);
  account.plan = [...account.plan];
  copyGroup(group, first).account.histograms.forEach((histogram, index) => {
    expect(histogram).toEqual(account.histograms[index]);
    expect(histogram).not.toBe(first.account.histograms[index]);
  });
});

test("the sums of a copied group are those of its copied account, as they are in the original", () => {
  const [group] = copyPage(pageOf(groupOf("job", accountOf({ ac_minflt: 3 })))).groups;
  expect(group?.sums).toBe(group?.account.shown);
});

test("the names of threads of a copied page stay what they were, and keep their objects of labels", () => {
  const account = accountOf({});
  const named = findName((account.threadNames = createThreadNames(50)), "worker");
  named.sums.fill(3);
  const { labels, sums } = named;
  const original = { ...groupOf("job", account), threadNames: new Map([["worker", { labels, sums, threads: 2 }]]) };
  const copied = copyPage(pageOf(original)).groups[0]?.threadNames?.get("worker");
  named.sums.fill(4);
  expect(copied).toMatchObject({ threads: 2 });
  expect(copied?.sums[slotOf("ac_minflt")]).toBe(3);
  expect(copied?.labels).toBe(labels);
});
