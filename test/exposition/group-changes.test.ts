import { describe, expect, test } from "@jest/globals";
import { findChanges, noteWritten, withChanged } from "../../src/exposition/group-changes.ts";
import type { Page } from "../../src/exposition/page.ts";
import { accountOf, groupOf, pageOf } from "../support/page-figures.ts";

const [a, b, c] = [groupOf("a", accountOf({})), groupOf("b", accountOf({})), groupOf("c", accountOf({}))];
const page = pageOf(a, b, c);

const find = (next: Page) => findChanges(noteWritten(next), noteWritten(page));

test("groups that are other objects with the same labels have changed", () => {
  const next = pageOf(a, { ...b }, { ...c });
  const changes = find(next);
  expect(changes).toEqual({ groups: [a.labels, b.labels, c.labels], changed: [1, 2] });
  expect(withChanged(next, changes).groups).toEqual([b, c]);
});

test("the exporter's own figures are no figures of groups", () => {
  expect(find({ ...page, exporter: { groups: [{ value: 3 }] } }).changed).toEqual([]);
});

describe("all groups may have changed", () => {
  test.each<[string, Page]>([
    ["where a group came", pageOf(a, b, c, groupOf("d", accountOf({})))],
    ["where a group went", pageOf(a, c)],
    ["where groups moved", pageOf(b, a, c)],
    ["where a group has other labels", pageOf(a, { ...b, labels: { groupname: "b" } }, c)],
    ["where exit events arrive no more", { ...page, exitsUp: false }],
    ["where the kernel fills a field no more", { ...page, has: (slot) => slot !== 3 }],
    ["where the histograms are others", { ...page, histograms: [] }],
  ])("%s", (_where, next) => {
    expect(find(next).changed).toBeUndefined();
  });

  test("where no page was written before", () => {
    expect(findChanges(noteWritten(page), undefined).changed).toBeUndefined();
  });
});

test("a function that answers otherwise than when the page was noted is a change", () => {
  let filled = false;
  const live = { ...page, has: () => filled };
  const former = noteWritten(live);
  filled = true;
  expect(findChanges(noteWritten(live), former).changed).toBeUndefined();
});
