import { describe, expect, test } from "@jest/globals";
import * as v from "valibot";
import { ruleSchema } from "../../src/config/rule-schema.ts";
import { issuesOf } from "../support/issues.ts";

describe("a rule", () => {
  test("may have all its keys", () => {
    const lists = { comm: ["a"], exe: ["b"], cmdline: ["c"], user: ["d"], unit: ["u"], cgroup: ["e"] };
    expect(v.parse(ruleSchema, { name: "n", ...lists, labels: { f: "g" }, ignore: "yes" })).toEqual({
      name: "n",
      ...lists,
      labels: { f: "g" },
      ignore: true,
    });
  });

  test("leaves out keys and items without a value, and an empty name", () => {
    expect(v.parse(ruleSchema, { name: "", comm: ["a", null], exe: null, labels: null, ignore: null })).toEqual({
      comm: ["a"],
    });
  });

  test("keeps an empty list", () => {
    expect(v.parse(ruleSchema, { comm: ["a"], cmdline: [] })).toEqual({ comm: ["a"], cmdline: [] });
  });

  test.each([{ name: "x", labels: { a: "b" } }, { comm: null, exe: null, ignore: "true" }, {}])(
    "needs a key that matches: %j",
    (rule) => {
      expect(issuesOf(ruleSchema, rule)).toEqual([": at least one of comm, exe, cmdline, user, unit, cgroup"]);
    },
  );

  test("refuses any other key", () => {
    expect(issuesOf(ruleSchema, { comm: ["a"], nam: "b" })).toEqual([
      "nam: name, comm, exe, cmdline, user, unit, cgroup, labels, ignore",
    ]);
  });

  test.each(["cmdline", "user", "unit", "cgroup"])("refuses a pattern in %s that does not compile", (key) => {
    expect(issuesOf(ruleSchema, { [key]: ["ok", "a(b"] })).toEqual([expect.stringMatching(`^${key}\\.1\\.\\d+: `)]);
  });

  test.each(["comm", "exe"])("takes any text in %s, which has no patterns", (key) => {
    expect(issuesOf(ruleSchema, { [key]: ["a(b", "{{"] })).toEqual([]);
  });

  test("refuses templates that do not compile, in its name and its labels", () => {
    expect(issuesOf(ruleSchema, { comm: ["a"], name: "{{.Nonsense}}" })).toEqual([
      expect.stringMatching(/^name\.\d+: /),
    ]);
    expect(issuesOf(ruleSchema, { comm: ["a"], labels: { team: "{{" } })).toEqual([
      expect.stringMatching(/^labels\.team\.\d+: /),
    ]);
  });

  test.each<[string, unknown, string]>([
    ["a text for a list of texts", { comm: "bash" }, "comm: a list of texts"],
    ["a text for a list of patterns", { comm: ["a"], user: "root" }, "user: a list of regular expressions"],
    ["a list in a list", { comm: [["bash"]] }, "comm.0: a text"],
    ["a mapping for a name", { comm: ["a"], name: { a: "b" } }, "name: a text"],
    ["a list for labels", { comm: ["a"], labels: [] }, "labels: a mapping"],
    ["a label without a value", { comm: ["a"], labels: { team: null } }, "labels.team: a text"],
    ["a switch that is no boolean", { comm: ["a"], ignore: "perhaps" }, "ignore: true or false"],
  ])("refuses %s", (_, rule, issue) => {
    expect(issuesOf(ruleSchema, rule)).toEqual([issue]);
  });

  test.each(["job", "le", "__a", "a-b"])("refuses a label that is called %s", (name) => {
    expect(issuesOf(ruleSchema, { comm: ["a"], labels: { [name]: "b" } })).toEqual([
      expect.stringMatching(/^labels\.\S+: a label name/),
    ]);
  });

  test.each(["bash", null, ["a"]])("is not %j", (value) => {
    expect(issuesOf(ruleSchema, value)).toEqual([": a mapping"]);
  });
});
