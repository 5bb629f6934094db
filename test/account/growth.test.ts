import { expect, test } from "@jest/globals";
import { judgeGrowth } from "../../src/account/growth.ts";

const judge = (waits: number, ns: number, longestNs: number, boundNs = 1000) =>
  judgeGrowth({ waits, ns, longestNs }, boundNs, 100);

test("of several waits, the one that is too long is refused, and the others are exact to the nanosecond", () => {
  expect(judge(4, 90_700, 90_000)).toEqual({ waits: 1, ns: 90_000, longestNs: NaN });
});

test("a single wait that is too long is refused as a whole", () => {
  expect(judge(1, 90_000, 90_000)).toEqual({ waits: 1, ns: 90_000, longestNs: NaN });
});

test.each([
  ["two of them are too long", judge(4, 180_700, 90_001)],
  ["none of them is too long, but all of them together are", judge(4, 3000, 900)],
  ["the longest is not known, or is an older one", judge(4, 90_700, 0)],
  ["the longest is longer than all of them", judge(4, 5000, 9000)],
])("all waits are refused where %s", (_case, judgement) => {
  expect(judgement).toMatchObject({ waits: 4, longestNs: NaN });
  expect(judgement.ns).toBeGreaterThanOrEqual(3000);
});

test("waits that exceed the bound by no more than the clocks may differ are cut to the bound", () => {
  expect(judge(2, 1080, 1050)).toEqual({ waits: 0, ns: 80, longestNs: 1000 });
  expect(judge(3, 90_000 + 1080, 90_000)).toEqual({ waits: 1, ns: 90_080, longestNs: NaN });
});

test("nothing is below zero where a thread ran for longer than it grew older", () => {
  expect(judge(1, 50, 50, -500)).toEqual({ waits: 0, ns: 50, longestNs: 0 });
});
