import { describe, expect, test } from "@jest/globals";
import type { RuleSpec } from "../../src/classify/rule.ts";
import { findLostMatches } from "../../src/config/lost-matches.ts";

const lost = (spec: RuleSpec): readonly (readonly string[])[] => findLostMatches([spec]).map(({ path }) => path);

describe("a match is lost", () => {
  test("if no pattern of its rule captures it, in the name and in labels", () => {
    const labels = { a: "{{.Matches.x}}", b: "{{.Matches.y}}", c: '{{index .Matches "y"}}' };
    expect(lost({ name: "{{.Matches.y}} {{.Matches.y}}", cmdline: ["(?P<x>.)"], labels })).toEqual([
      ["name"],
      ["name"],
      ["labels", "b"],
      ["labels", "c"],
    ]);
  });

  test("if only another rule captures it", () => {
    expect(findLostMatches([{ user: ["(?P<x>.)"] }, { comm: ["a"], name: "{{.Matches.x}}" }])).toEqual([
      { rule: 1, path: ["name"], at: 2, reason: "this shows <no value>: no pattern of the rule has a group x" },
    ]);
  });

  test("if the group has no name, or one with a capital letter, which the reason names", () => {
    expect(lost({ cmdline: ["(x)"], name: "{{.Matches.x}}" })).toEqual([["name"]]);
    const [found] = findLostMatches([{ cmdline: ["(?P<Role>x)"], name: "{{.Matches.role}}" }]);
    expect(found?.reason).toMatch(/; did you mean Role\?$/);
  });

  test("if the entry with the group is not a pattern", () => {
    expect(lost({ comm: ["(?P<x>.)"], exe: ["(?P<x>.)"], name: "{{.Matches.x}}" })).toEqual([["name"]]);
  });
});

test("the map of all matches is lost if the rule has no pattern, and only then", () => {
  const name = '{{.Matches}} {{index .Matches ""}}';
  expect(findLostMatches([{ comm: ["a"], name }]).map(({ reason }) => reason)).toEqual([
    "this shows map[]: the rule has no pattern",
    "this shows nothing: the rule has no pattern",
  ]);
  expect(findLostMatches([{ unit: ["a"], name }])).toEqual([]);
});

describe("a match is not lost", () => {
  test.each(["cmdline", "user", "unit", "cgroup"])("if one of several patterns of %s captures it", (key) => {
    expect(lost({ comm: ["a"], [key]: ["a", "(?P<x>.)|b"], name: "{{.Matches.x}}" })).toEqual([]);
  });

  test("if its rule is ignored, so that it shows no labels", () => {
    expect(lost({ comm: ["a"], name: "{{.Matches.x}}", ignore: true })).toEqual([]);
  });
});
