/** Which exits are shown: by group, by code, by lifetime, and all of it together. */

import { describe, expect, test } from "@jest/globals";
import {
  createExitFilter,
  describeFilter,
  matchesGlob,
  type ShownExits,
} from "../../../src/commands/events/exit-filter.ts";

const all: ShownExits = { groups: [], codes: [], minLifetimeMs: undefined, maxLifetimeMs: undefined };
const SIGKILL = 9;
const dumped = 0x80 | 11;

function isShown(shown: Partial<ShownExits>, { groupname = "web", status = 0, lifetimeUs = 1000 } = {}): boolean {
  return createExitFilter({ ...all, ...shown })({ groupname, team: "a" }, { status, lifetimeUs });
}

test("without a filter each exit of a group is shown, and those that no rule shows are not", () => {
  expect(isShown({})).toBe(true);
  expect(isShown({}, { lifetimeUs: NaN })).toBe(true);
  expect(createExitFilter(all)({}, { status: 0, lifetimeUs: 1 })).toBe(false);
  expect(createExitFilter({ ...all, groups: ["*"] })({}, { status: 0, lifetimeUs: 1 })).toBe(false);
});

describe("a pattern for groups", () => {
  test.each([
    ["web", "web", true],
    ["web", "web1", false],
    ["web", "aweb", false],
    ["web*", "web", true],
    ["web*", "web: worker", true],
    ["*web", "the web", true],
    ["*web", "webs", false],
    ["*", "", true],
    ["**", "x", true],
    ["a*a", "a", false],
    ["a*a", "aa", true],
    ["a*b*c", "a-b-c", true],
    ["a*b*c", "a-c-b", false],
    ["ab*bc", "abc", false],
    ["*b*b*", "b", false],
    ["*b*b*", "abcb", true],
    ["a*bc*c", "abc", false],
    ["a.c", "abc", false],
    ["[a]", "a", false],
    ["Web", "web", false],
  ])("%j and the group %j: %s", (pattern, text, matches) => expect(matchesGlob(pattern, text)).toBe(matches));

  test("takes no longer for many stars than for few", () => {
    expect(matchesGlob(`${"a*".repeat(50)}b`, "a".repeat(100_000))).toBe(false);
  });
});

test("one of several groups is enough", () => {
  expect(isShown({ groups: ["db", "we*"] })).toBe(true);
  expect(isShown({ groups: ["db", "mail"] })).toBe(false);
});

test.each([
  [["0"], 0, true],
  [["0"], 0x0100, false],
  [["3"], 0x0300, true],
  [["SIGKILL"], SIGKILL, true],
  [["9"], SIGKILL, false],
  [["SIGSEGV"], dumped, true],
  [["failed"], 0, false],
  [["failed"], 0x0100, true],
  [["failed"], SIGKILL, true],
  [["failed"], dumped, true],
  [["0", "SIGKILL"], SIGKILL, true],
])("the codes %j and the wait status %d: %s", (codes, status, shown) => {
  expect(isShown({ codes }, { status })).toBe(shown);
});

test("both bounds of the lifetime are part of what is shown", () => {
  const bounds = { minLifetimeMs: 5, maxLifetimeMs: 7 };
  const shown = [4999, 5000, 7000, 7001].map((lifetimeUs) => isShown(bounds, { lifetimeUs }));
  expect(shown).toEqual([false, true, true, false]);
  expect(isShown({ maxLifetimeMs: 0 }, { lifetimeUs: 1 })).toBe(false);
});

test("an exit is shown where all kinds of filters let it through", () => {
  const filter = { groups: ["web"], codes: ["failed"], minLifetimeMs: 1 };
  expect(isShown(filter, { status: SIGKILL, lifetimeUs: 1000 })).toBe(true);
  expect(isShown(filter, { status: SIGKILL, lifetimeUs: 999 })).toBe(false);
  expect(isShown(filter, { status: 0 })).toBe(false);
  expect(isShown(filter, { status: SIGKILL, groupname: "db" })).toBe(false);
});

test("the filter is told in words", () => {
  expect(describeFilter(all)).toBe("");
  expect(describeFilter({ ...all, groups: ["a", "b*"], codes: ["failed"], minLifetimeMs: 5000 })).toBe(
    "group a or b*, code failed, lifetime from 5.0 s",
  );
  expect(describeFilter({ ...all, maxLifetimeMs: 65_000 })).toBe("lifetime to 1 min 05 s");
});
