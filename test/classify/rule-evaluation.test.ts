import { describe, expect, test } from "@jest/globals";
import { compileRule, type Rule } from "../../src/classify/compile-rule.ts";
import type { ProcessFacts } from "../../src/classify/process-facts.ts";
import type { RuleSpec } from "../../src/classify/rule.ts";
import { evaluateRule } from "../../src/classify/rule-evaluation.ts";
import { forget, known } from "../support/rules.ts";

function ruleOf(spec: RuleSpec): Rule {
  const { value, fault } = compileRule(spec);
  if (fault !== undefined) throw new Error(fault.got);
  return value;
}

const evaluate = (spec: RuleSpec, facts: ProcessFacts = known): unknown => evaluateRule(ruleOf(spec), facts);

describe("a rule", () => {
  test("matches where all its keys match, with the captures of all of them", () => {
    const spec = { comm: ["prog"], user: ["^(?P<initial>.)"], cmdline: ["-x (?P<x>.)"], name: "g" };
    const captures = new Map([["initial", "a"], ["x", "1"]]); // prettier-ignore
    expect(evaluate(spec)).toEqual({ kind: "matched", captures });
  });

  test("shows the capture of the last key where two keys have a group of the same name", () => {
    const spec = { user: ["^(?P<same>.)"], cmdline: ["-x (?P<same>.)"], name: "g" };
    expect(evaluate(spec)).toEqual({ kind: "matched", captures: new Map([["same", "1"]]) });
  });

  test("does not match where one key does not, though facts for the other keys are missing", () => {
    const spec = { exe: ["prog"], user: ["bob"], cgroup: ["x"], name: "{{.StartTime}}" };
    expect(evaluate(spec, forget(known, ["argv", "cgroups", "startTime"]))).toEqual({ kind: "mismatch" });
  });

  test("is unknown where a key needs a fact that nobody has seen, and names the first such fact", () => {
    const spec = { comm: ["prog"], user: ["alice"], cgroup: ["pod"], cmdline: ["x"], name: "g" };
    expect(evaluate(spec, forget(known, ["cgroups", "argv"]))).toEqual({ kind: "unknown", missing: "cgroups" });
  });

  test("is unknown where its name or a label shows a fact that nobody has seen", () => {
    const spec = { comm: ["prog"], name: "{{.ExeBase}}", labels: { since: "{{.StartTime}}" } };
    expect(evaluate(spec, forget(known, ["startTime"]))).toEqual({ kind: "unknown", missing: "startTime" });
    expect(evaluate(spec, forget(known, ["argv", "startTime"]))).toEqual({ kind: "unknown", missing: "argv" });
  });

  test("names the fact of a key before that of a label", () => {
    const spec = { user: ["alice"], name: "{{.StartTime}}" };
    expect(evaluate(spec, forget(known, ["user", "startTime"]))).toEqual({ kind: "unknown", missing: "user" });
  });

  test("that ignores its processes does not need what its labels show", () => {
    const spec = { comm: ["prog"], name: "{{.StartTime}}", ignore: true };
    expect(evaluate(spec, forget(known, ["startTime"]))).toMatchObject({ kind: "matched" });
  });
});
