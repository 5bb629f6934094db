import { describe, expect, test } from "@jest/globals";
import {
  cgroupCondition,
  cmdlineCondition,
  commCondition,
  exeCondition,
  mergeCaptures,
  unitCondition,
  userCondition,
  type Condition,
} from "../../src/classify/condition.ts";
import { compilePattern, type Pattern } from "../../src/classify/pattern.ts";
import type { ProcessFacts } from "../../src/classify/process-facts.ts";
import { known } from "../support/rules.ts";

function compiled(texts: readonly string[]): readonly Pattern[] {
  return texts.map((text) => {
    const { value, fault } = compilePattern(text);
    if (fault !== undefined) throw new Error(fault.got);
    return value;
  });
}

type PatternCondition = (want: readonly string[], patterns: readonly Pattern[]) => Condition;

const withPatterns = (create: PatternCondition, ...want: readonly string[]): Condition => create(want, compiled(want));

/** The answer in short: `mismatch`, what is missing, or the captures of a match. */
function answer(condition: Condition, changes: Partial<ProcessFacts> = {}): unknown {
  const result = condition.test({ ...known, ...changes });
  if (result.kind === "matched") return Object.fromEntries(result.captures);
  return result.kind === "unknown" ? `unknown ${result.missing}` : result.kind;
}

describe("each condition", () => {
  const conditions = [
    { condition: commCondition(["a"]), needs: undefined, got: "prog" },
    { condition: exeCondition(["a"]), needs: "argv", got: "/usr/bin/prog" },
    { condition: withPatterns(cmdlineCondition, "a"), needs: "argv", got: "/usr/bin/prog -x 1" },
    { condition: withPatterns(userCondition, "a"), needs: "user", got: "alice" },
    { condition: withPatterns(unitCondition, "a"), needs: "cgroups", got: "a.slice" },
    { condition: withPatterns(cgroupCondition, "a"), needs: "cgroups", got: "/a.slice /kube/pod1" },
  ] as const;

  test.each(conditions)("on $condition.key shows what it wants and what the process has", ({ condition, got }) => {
    expect([condition.want, condition.got(known)]).toEqual([["a"], got]);
  });

  test.each(conditions.filter(({ needs }) => needs !== undefined))(
    "on $condition.key is unknown while nobody has seen $needs",
    ({ condition, needs }) => {
      const facts = { ...known, [needs as "argv"]: undefined };
      expect(condition.needs).toBe(needs);
      expect(condition.test(facts)).toEqual({ kind: "unknown", missing: needs });
      expect(condition.got(facts)).toBeUndefined();
    },
  );

  test("on the command name is never unknown", () => {
    const condition = commCondition(["prog", "other"]);
    expect([condition.needs, answer(condition), answer(condition, { comm: "" })]).toEqual([undefined, {}, "mismatch"]);
  });
});

describe("the condition exe", () => {
  test("compares an entry with a slash with argv[0], and one without a slash with the base name", () => {
    const exes = ["prog", "/usr/bin/prog", "usr/bin/prog", "/prog"];
    expect(exes.map((exe) => answer(exeCondition([exe])))).toEqual([{}, {}, "mismatch", "mismatch"]);
  });

  test("does not match a process without arguments, and shows an empty text for it", () => {
    const condition = exeCondition(["", ".", "prog"]);
    expect([answer(condition, { argv: [] }), condition.got({ ...known, argv: [] })]).toEqual(["mismatch", ""]);
  });

  test("takes an empty argv[0] for the base name of an empty path, as Go does", () => {
    expect(answer(exeCondition(["."]), { argv: ["", "x"] })).toEqual({});
  });
});

describe("the condition cmdline", () => {
  test("matches where all patterns match, and gives the captures of all of them", () => {
    const condition = withPatterns(cmdlineCondition, "(?P<exe>[a-z]+) ", "-x (?P<x>[0-9])");
    expect(answer(condition)).toEqual({ exe: "prog", x: "1" });
    expect(answer(condition, { argv: ["prog", "-y"] })).toBe("mismatch");
  });

  test("tells two processes apart that are tested by turns", () => {
    const condition = withPatterns(cmdlineCondition, "^a b$");
    const [one, other] = [{ argv: ["a", "b"] }, { argv: ["a", "c"] }];
    expect([one, other, one, { argv: ["a b"] }].map((facts) => answer(condition, facts))).toEqual([
      {},
      "mismatch",
      {},
      {},
    ]);
  });
});

test("the condition user matches where any pattern matches, and gives the captures of the first one", () => {
  const condition = withPatterns(userCondition, "^x", "^(?P<first>.)", "(?P<last>.)$");
  expect([answer(condition), answer(condition, { user: "xavier" })]).toEqual([{ first: "a" }, {}]);
});

test("the condition unit does not match a process without a unit, whatever the pattern", () => {
  const condition = withPatterns(unitCondition, ".*", "^$");
  expect([answer(condition, { cgroups: ["/"] }), condition.got({ ...known, cgroups: ["/"] })]).toEqual([
    "mismatch",
    "",
  ]);
  expect(answer(condition, { cgroups: ["/system.slice/a.service"] })).toEqual({});
});

test("the condition cgroup gives the captures of the first path that matches", () => {
  const condition = withPatterns(cgroupCondition, "^/kube/(?P<pod>.*)");
  expect(answer(condition, { cgroups: ["/a", "/kube/one", "/kube/two"] })).toEqual({ pod: "one" });
  expect(answer(condition, { cgroups: [] })).toBe("mismatch");
});

test("of two captures with the same name the second one stays", () => {
  const [first, second] = [new Map([["a", "1"], ["b", "1"]]), new Map([["b", "2"]])]; // prettier-ignore
  expect(Object.fromEntries(mergeCaptures(first, second))).toEqual({ a: "1", b: "2" });
  expect([mergeCaptures(first, new Map()), mergeCaptures(new Map(), second)]).toEqual([first, second]);
});
