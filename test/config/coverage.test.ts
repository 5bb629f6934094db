import { describe, expect, test } from "@jest/globals";
import type { RuleSpec } from "../../src/classify/rule.ts";
import { coverageOf, reachOf } from "../../src/config/coverage.ts";

describe("the reach of a pattern", () => {
  test.each([
    ["", "any"],
    [".*", "any"],
    ["x|", "any"],
    ["(?P<name>.*)", "any"],
    [".", "not empty"],
    [".+", "not empty"],
    ["(?s)^.+$", "not empty"],
    ["^.*$", "some"],
    ["a", "some"],
    ["[^q]", "some"],
    ["[ -~]", "some"],
    ["(?s)^.{0,999}$", "some"],
    ["^$", "some"],
  ])("%j: %s", (pattern, reach) => {
    expect(reachOf(pattern)).toBe(reach);
  });

  test("of a pattern that does not compile is not known", () => {
    expect(reachOf("a(b")).toBe("some");
  });
});

describe("an earlier rule", () => {
  test.each<[string, RuleSpec, RuleSpec]>([
    ["the same rule", { comm: ["a"], cmdline: ["x"] }, { comm: ["a"], cmdline: ["x"] }],
    ["fewer commands", { comm: ["a", "b"] }, { comm: ["b"] }],
    ["the base name of the executable", { exe: ["run"] }, { exe: ["/opt/run"] }],
    ["more patterns of the command line", { cmdline: ["x"] }, { cmdline: ["y", "x"] }],
    ["another key as well", { comm: ["a"] }, { comm: ["a"], user: ["u"] }],
    ["a user, where it takes any", { user: [".*"] }, { comm: ["a"] }],
    ["a control group, where it takes any", { cgroup: ["."] }, { cgroup: ["a"] }],
    ["a unit, where it takes any", { unit: ["."] }, { unit: ["a"] }],
    ["the executable, where it takes any command line", { cmdline: ["."] }, { exe: ["run"] }],
    ["a text in the command line, where it takes any command line", { cmdline: ["."] }, { cmdline: ["x"] }],
    ["the command name, where it takes any command line or none", { cmdline: [".*"] }, { comm: ["a"] }],
  ])("covers all of one that asks for %s", (_, earlier, later) => {
    expect(coverageOf(earlier, later)).toBe("all");
  });

  test.each<[string, RuleSpec, RuleSpec]>([
    ["another command", { comm: ["a"] }, { comm: ["a", "b"] }],
    ["any command", { comm: ["a"] }, { exe: ["a"] }],
    ["the base name of a path", { exe: ["/opt/run"] }, { exe: ["run"] }],
    ["another path of that base name", { exe: ["/opt/run"] }, { exe: ["/x/run"] }],
    ["less of the command line", { cmdline: ["x", "y"] }, { cmdline: ["x"] }],
    ["any user", { user: ["u"] }, { comm: ["a"] }],
    ["any unit, or none", { unit: ["."] }, { user: ["u"] }],
    ["another control group", { cgroup: ["a"] }, { cgroup: ["b"] }],
  ])("does not cover one that asks for %s", (_, earlier, later) => {
    expect(coverageOf(earlier, later)).toBeUndefined();
  });

  test("with a pattern for any command line covers others except for processes without one", () => {
    for (const later of [{ comm: ["a"] }, { user: ["u"] }, { cmdline: [".*"] }, { cmdline: [] }]) {
      expect(coverageOf({ cmdline: [".+"] }, later)).toBe("with command line");
    }
  });

  test("is judged by the reach that the caller gives", () => {
    expect(coverageOf({ cmdline: ["x"] }, { comm: ["a"] }, () => "any")).toBe("all");
    expect(coverageOf({ cmdline: [".*"] }, { comm: ["a"] }, () => "some")).toBeUndefined();
  });
});
