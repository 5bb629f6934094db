import { expect, test } from "@jest/globals";
import { createGatheredSeries } from "../../src/exposition/gathered-series.ts";
import { noLabels, type Labels } from "../../src/exposition/series.ts";
import { beginOf, createFinder, findStarts, type Sheet } from "../../src/exposition/sheet.ts";

const [a, b, c, d] = [{ groupname: "a" }, { groupname: "b" }, { groupname: "c" }, { groupname: "d" }];
const [read, written] = [{ kind: "read" }, { kind: "written" }];

const gather = (...series: readonly (readonly [Labels, Labels])[]) => {
  const gathered = createGatheredSeries();
  for (const [labels, own] of series) gathered.sink.value(labels, own, 0);
  return gathered;
};

function sheetOf(...series: readonly (readonly [Labels, Labels])[]): Sheet {
  const { labels, kinds, values, created } = gather(...series);
  const places = {
    numberBegins: Uint32Array.of(12, 22),
    numberEnds: Uint32Array.of(15, 25),
    ends: Uint32Array.of(16, 26),
  };
  const body = Buffer.alloc(26);
  return { labels, kinds, values, created, shownCount: 2, starts: undefined, headEnd: 6, ...places, body, bytes: body };
}

test("a series begins where the one before ends, the first where the head ends", () => {
  const sheet = sheetOf([a, read], [a, written]);
  expect([beginOf(sheet, 0), beginOf(sheet, 1)]).toEqual([6, 16]);
});

test("the series of each group begin after those of the group before, also where a group has none", () => {
  expect(findStarts([a, a, c], 3, [a, b, c])).toEqual(Uint32Array.of(0, 2, 2, 3));
  expect(findStarts([], 0, [a, b])).toEqual(Uint32Array.of(0, 0, 0));
});

test("series in another order than the groups, and those of no group, have no beginnings by group", () => {
  expect(findStarts([b, a], 2, [a, b])).toBeUndefined();
  expect(findStarts([a, noLabels], 2, [a, b])).toBeUndefined();
});

test("a series is found where it is expected, where it has moved to, or nowhere", () => {
  const find = createFinder(sheetOf([a, read], [a, written], [b, read]));
  const wanted = gather([a, written], [b, read], [b, written], [d, read]);
  expect([0, 1, 2, 3].map((index) => find(wanted, index, 1))).toEqual([1, 2, -1, -1]);
  expect(find(wanted, 0, 9)).toBe(1);
});
