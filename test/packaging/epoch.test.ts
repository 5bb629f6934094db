import { expect, test } from "@jest/globals";
import { readSourceEpoch } from "../../packaging/epoch.ts";

test("the time that is given is taken, and what is none is refused", async () => {
  expect(await readSourceEpoch("/nowhere", { SOURCE_DATE_EPOCH: "1700000000" })).toBe(1_700_000_000);
  await expect(readSourceEpoch("/nowhere", { SOURCE_DATE_EPOCH: "today" })).rejects.toThrow(/SOURCE_DATE_EPOCH: want/);
});

test("without a time and without a commit nothing is made", async () => {
  await expect(readSourceEpoch("/nowhere", {})).rejects.toThrow(/git/);
});
