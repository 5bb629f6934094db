import { describe, expect, test } from "@jest/globals";
import type { RuleSpec } from "../../src/classify/rule.ts";
import { findLostMatches } from "../../src/config/lost-matches.ts";

const lost = (spec: RuleSpec): readonly (readonly string[])[] => findLostMatches([spec]).map(({ path }) => path);

describe("a match is lost", () => {
  test("when no pattern of its rule captures it, in the name and in labels", () => {
    const labels = { a: "{{.Matches.x}}", b: "{{.Matches.y}}", c: '{{index .Matches "y"}}' };
    expect(lost({ name: "{{.Matches.y}} {{.Matches.y}}", cmdline: ["(?P<x>.)"], labels })).toEqual([
      ["name"],
      ["name"],
      ["labels", "b"],
      ["labels", "c"],
    ]);
  });

  test("when only another rule captures it", () => {
    expect(findLostMatches([{ user: ["(?P<x>.)"] }, { comm: ["a"], name: "{{.Matches.x}}" }])).toEqual([
      { rule: 1, path: ["name"], at: 2, reason: "this shows <no value>: no pattern of the rule has a group x" },
    ]);
  });

  test("when its group has no name, or another in capitals, which is told", () => {
    expect(lost({ cmdline: ["(x)"], name: "{{.Matches.x}}" })).toEqual([["name"]]);
    const [found] = findLostMatches([{ cmdline: ["(?P<Role>x)"], name: "{{.Matches.role}}" }]);
    expect(found?.reason).toMatch(/; did you mean Role\?$/);
  });

  test("when the entry that captures it is no pattern", () => {
    expect(lost({ comm: ["(?P<x>.)"], exe: ["(?P<x>.)"], name: "{{.Matches.x}}" })).toEqual([["name"]]);
  });
});

test("all matches are lost where the rule has no pattern, and only there", () => {
  const name = '{{.Matches}} {{index .Matches ""}}';
  expect(findLostMatches([{ comm: ["a"], name }]).map(({ reason }) => reason)).toEqual([
    "this shows map[]: the rule has no pattern",
    "this shows nothing: the rule has no pattern",
  ]);
  expect(findLostMatches([{ unit: ["a"], name }])).toEqual([]);
});

describe("a match is not lost", () => {
  test.each(["cmdline", "user", "unit", "cgroup"])("when one of several patterns of %s captures it", (key) => {
    expect(lost({ comm: ["a"], [key]: ["a", "(?P<x>.)|b"], name: "{{.Matches.x}}" })).toEqual([]);
  });

  test("when its rule shows nothing", () => {
    expect(lost({ comm: ["a"], name: "{{.Matches.x}}", ignore: true })).toEqual([]);
  });
});
