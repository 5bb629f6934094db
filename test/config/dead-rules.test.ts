import { describe, expect, test } from "@jest/globals";
import { fc } from "../support/properties.ts";
import type { RuleSpec } from "../../src/classify/rule.ts";
import { findDeadRules } from "../../src/config/dead-rules.ts";
import { anyFullIdentity, classifierOf, outcomeOf } from "../support/rules.ts";

describe("a rule is dead", () => {
  test("behind one that asks for the same in another order", () => {
    expect(findDeadRules([{ comm: ["a", "b"], name: "x" }, { comm: ["b", "a", "b"] }])).toEqual([
      { rule: 1, shadowedBy: 0, coverage: "all" },
    ]);
  });

  test("if one of its lists of choices is empty", () => {
    expect(findDeadRules([{ comm: ["a"], exe: [] }])).toEqual([{ rule: 0, reason: "its list exe is empty" }]);
    expect(findDeadRules([{ unit: [] }])).toEqual([{ rule: 0, reason: "its list unit is empty" }]);
  });

  test.each<[string, RuleSpec]>([
    ["any command line", { cmdline: [".*"] }],
    ["any command line, which it names", { cmdline: ["(?P<all>.*)"], comm: ["a", "c"] }],
    ["any user", { user: [".+"] }],
    ["any control group", { cgroup: ["x", "."] }],
    ["nothing", { cmdline: [] }],
    ["less", { cmdline: ["x"] }],
    ["one of more commands", { comm: ["b", "a"], cmdline: ["y", "x"] }],
    ["the base name of its executable", { exe: ["run"] }],
    ["one of its users", { user: ["u", "v"] }],
  ])("behind one that asks for %s", (_what, earlier) => {
    const spec = { comm: ["a"], exe: ["/opt/run"], cmdline: ["x", "y"], user: ["v"] };
    expect(findDeadRules([earlier, spec, spec])[0]).toEqual({ rule: 1, shadowedBy: 0, coverage: "all" });
  });

  test("behind one that takes every unit, where it asks for one", () => {
    expect(findDeadRules([{ unit: ["."] }, { unit: ["a"] }, { comm: ["a"] }]).map(({ rule }) => rule)).toEqual([1]);
  });

  test("except for processes without a command line, behind one that takes all others", () => {
    expect(findDeadRules([{ cmdline: [".+"] }, { comm: ["a"] }, { exe: ["a"] }, { cmdline: ["a"] }])).toEqual([
      { rule: 1, shadowedBy: 0, coverage: "with command line" },
      { rule: 2, shadowedBy: 0, coverage: "all" },
      { rule: 3, shadowedBy: 0, coverage: "all" },
    ]);
  });

  test("and is not the one that shadows others", () => {
    expect(findDeadRules([{ comm: [] }, { comm: [] }]).map(({ shadowedBy }) => shadowedBy)).toEqual([
      undefined,
      undefined,
    ]);
  });

  test("with ten thousand rules of one command before it, of which one shadows the last", () => {
    const specs = Array.from({ length: 10_000 }, (_, index) => ({ comm: ["java"], cmdline: [`app${index}$`] }));
    expect(findDeadRules([...specs, { comm: ["java"], cmdline: ["-X", "app7$"] }])).toEqual([
      { rule: 10_000, shadowedBy: 7, coverage: "all" },
    ]);
  });
});

describe("a rule is alive", () => {
  test("with an empty list of patterns, all of which match", () => {
    expect(findDeadRules([{ cmdline: [] }])).toEqual([]);
  });

  test.each<[string, RuleSpec, RuleSpec]>([
    ["only one line of several", { cmdline: ["^.*$"] }, { cmdline: ["a"] }],
    ["a letter", { cmdline: ["[a-z]"] }, { cmdline: ["A"] }],
    ["all but one letter", { cmdline: ["^[^q]*$"] }, { cmdline: ["x"] }],
    ["a text that is not too long", { cmdline: ["(?s)^.{0,999}$"] }, { cmdline: ["x"] }],
    ["a path, where it takes any", { exe: ["/opt/run"] }, { exe: ["run"] }],
    ["all units", { unit: [".+"] }, { user: ["a"] }],
    ["all command lines of one command", { comm: ["a"], cmdline: [".*"] }, { comm: ["a", "b"] }],
    ["one user, where it takes any", { user: ["a"] }, { comm: ["a"] }],
  ])("behind one that takes %s", (_what, earlier, later) => {
    expect(findDeadRules([earlier, later])).toEqual([]);
  });

  test("if any process of random rules and processes matches it", () => {
    const some = (texts: readonly string[]) =>
      fc.option(fc.uniqueArray(fc.constantFrom(...texts), { minLength: 1, maxLength: 2 }), { nil: undefined });
    const spec = fc
      .record({
        comm: some(["a", "b"]),
        exe: some(["a", "/x/a", "/y/a"]),
        cmdline: some([".*", ".", "a", "b$", "^/x"]),
        user: some(["root", ".", "u"]),
        unit: some([".", "service"]),
        cgroup: some([".*", "k"]),
      })
      .map((keys) => Object.fromEntries(Object.entries(keys).filter(([, list]) => list !== undefined)) as RuleSpec)
      .filter((keys) => Object.keys(keys).length > 0);
    fc.assert(
      fc.property(spec, spec, anyFullIdentity, (earlier, later, facts) => {
        const identityIn = { ...facts, cgroups: facts.cgroups?.length === 0 ? ["/"] : facts.cgroups };
        const [dead] = findDeadRules([earlier, later]);
        const outcome = outcomeOf(classifierOf([earlier, later]), identityIn);
        if (dead?.coverage === "all") expect(outcome).not.toBe("group 1");
        if (dead?.coverage === "with command line" && outcome === "group 1") expect(facts.argv?.join("")).toBe("");
      }),
      { numRuns: 3000 },
    );
  });

  test("if the earlier ones ask for other keys or for more", () => {
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
