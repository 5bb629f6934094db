import { expect, test } from "@jest/globals";
import { recordExit } from "../../src/account/account.ts";
import { copyPage } from "../../src/exposition/page.ts";
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

test("the sums of a copied group are those of its copied account, as they are in the original", () => {
  const [group] = copyPage(pageOf(groupOf("job", accountOf({ ac_minflt: 3 })))).groups;
  expect(group?.sums).toBe(group?.account.shown);
});
