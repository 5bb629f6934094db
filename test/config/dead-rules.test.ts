import { describe, expect, test } from "@jest/globals";
import { findDeadRules } from "../../src/config/dead-rules.ts";

describe("a rule is dead", () => {
  test("behind one that asks for the same in another order", () => {
    expect(findDeadRules([{ comm: ["a", "b"], name: "x" }, { comm: ["b", "a", "b"] }])).toEqual([
      { rule: 1, shadowedBy: 0 },
    ]);
  });

  test("when one of its lists of choices is empty", () => {
    expect(findDeadRules([{ comm: ["a"], exe: [] }])).toEqual([{ rule: 0, reason: "its list exe is empty" }]);
    expect(findDeadRules([{ unit: [] }])).toEqual([{ rule: 0, reason: "its list unit is empty" }]);
  });

  test("when all its command names are longer than the kernel's 15 bytes", () => {
    expect(findDeadRules([{ comm: ["a234567890123456"] }])).toHaveLength(1);
    expect(findDeadRules([{ comm: ["a234567890123456", "a23456789012345"] }])).toEqual([]);
    expect(findDeadRules([{ comm: ["äöüäöüäö"] }])).toHaveLength(1);
  });

  test("and does not shadow others", () => {
    expect(findDeadRules([{ comm: [] }, { comm: [] }]).map(({ shadowedBy }) => shadowedBy)).toEqual([
      undefined,
      undefined,
    ]);
  });
});

describe("a rule is alive", () => {
  test("with an empty list of patterns, all of which match", () => {
    expect(findDeadRules([{ cmdline: [] }])).toEqual([]);
  });

  test("when it asks for less, for more or for the same of another thing", () => {
    const specs = [
      { unit: ["a"] },
      { cgroup: ["a"] },
      { comm: ["a"], exe: ["b"] },
      { comm: ["a"] },
      { exe: ["a"] },
      { comm: ["a", "b"] },
    ];
    expect(findDeadRules(specs)).toEqual([]);
  });
});
