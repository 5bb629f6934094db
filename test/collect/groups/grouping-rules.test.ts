import { expect, test } from "@jest/globals";
import type { FactName } from "../../../src/classify/process-facts.ts";
import { needsExecs } from "../../../src/collect/groups/grouping-rules.ts";

const needs = (...facts: readonly FactName[]): boolean => needsExecs(new Set(facts));

test("rules need the exec watcher where they ask for a fact that no exit event holds", () => {
  expect((["argv", "cgroups", "effectiveUser", "startTime"] as const).map((fact) => needs(fact))).toEqual([
    ...[true, true, true, true],
  ]);
  expect(needs("user", "argv")).toBe(true);
});

test("rules do without the exec watcher where they ask only for the command and the real user", () => {
  expect([needs(), needs("user")]).toEqual([false, false]);
});
