import { describe, expect, test } from "@jest/globals";
import { compileRule } from "../../src/classify/compile-rule.ts";
import type { RuleSpec } from "../../src/classify/rule.ts";

const needsOf = (spec: RuleSpec): readonly string[] => [...(compileRule(spec).value?.needs ?? [])].sort();

describe("a rule", () => {
  test.each<[string, RuleSpec]>([
    ["nothing", {}],
    ["a name", { name: "x" }],
    ["labels and ignore", { labels: { a: "b" }, ignore: true }],
  ])("with %s but no key that selects processes is a fault", (_what, spec) => {
    expect(compileRule(spec).fault).toEqual({
      want: "at least one of comm, exe, cmdline, user, unit and cgroup",
      got: "a rule without any of them",
    });
  });

  test.each<[RuleSpec, readonly (string | number)[], number]>([
    [{ cmdline: ["a", "b(c"] }, ["cmdline", 1], 1],
    [{ user: ["(?=a)"] }, ["user", 0], 0],
    [{ unit: ["a", "b+", "[c"] }, ["unit", 2], 0],
    [{ comm: ["a"], cgroup: ["x", "y", "z**"] }, ["cgroup", 2], 1],
    [{ comm: ["a"], name: "{{.Foo}}" }, ["name"], 2],
    [{ comm: ["a"], labels: { ok: "x", team: "a{{.Bar}}" } }, ["labels", "team"], 3],
    [{ comm: ["a"], ignore: true, name: "{{.Foo}}" }, ["name"], 2],
  ])("has a fault with the path and the place of the wrong value: %j", (spec, path, at) => {
    expect(compileRule(spec).fault).toMatchObject({ path, at });
  });

  test("may not have a label that metrics have already", () => {
    const { fault } = compileRule({ comm: ["a"], labels: { kind: "x" } });
    expect(fault).toMatchObject({ got: "kind", path: ["labels", "kind"] });
  });

  test("needs the facts of its keys and its labels; where it ignores its processes, those of its keys alone", () => {
    expect(needsOf({ comm: ["a"], name: "x" })).toEqual([]);
    expect(needsOf({ comm: ["a"] })).toEqual(["argv"]);
    expect(needsOf({ exe: ["a"], name: "x" })).toEqual(["argv"]);
    expect(needsOf({ user: ["a"], cgroup: ["b"], name: "{{.Username}}" })).toEqual([
      "cgroups",
      "effectiveUser",
      "user",
    ]);
    expect(needsOf({ unit: ["a"], name: "x" })).toEqual(["cgroups"]);
    expect(needsOf({ comm: ["a"], name: "{{.Unit}}" })).toEqual(["cgroups"]);
    expect(needsOf({ comm: ["a"], name: "x", labels: { s: "{{.StartTime}}" } })).toEqual(["startTime"]);
    expect(needsOf({ comm: ["a"], labels: { s: "{{.StartTime}}" }, ignore: true })).toEqual([]);
  });

  test("is named by the base name of argv[0] where its name is left out or empty", () => {
    const names = [compileRule({ comm: ["a"] }), compileRule({ comm: ["a"], name: "" })];
    expect(names.map(({ value }) => value?.labels[0]?.template.text)).toEqual(["{{.ExeBase}}", "{{.ExeBase}}"]);
  });
});
