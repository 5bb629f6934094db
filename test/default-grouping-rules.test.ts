import { expect, test } from "@jest/globals";
import type { ProcessFacts } from "../src/classify/process-facts.ts";
import { defaultConfig } from "../src/config/config.ts";
import { commandExplainer, defaultGroupingRules } from "../src/default-grouping-rules.ts";
import { createGroupingRules } from "../src/grouping-rules.ts";

const facts: ProcessFacts = {
  tgid: 7,
  comm: "bash",
  argv: ["-bash"],
  cgroups: ["/user.slice"],
  user: "root",
  effectiveUser: "root",
  startTime: undefined,
};

test("a process without rules is in the group of its command", () => {
  expect(commandExplainer.classify(facts)).toMatchObject({ kind: "group", labels: { groupname: "bash" } });
});

test("there is no rule to explain, no declared group, and no fact to read besides the command", () => {
  expect(commandExplainer.explain(facts)).toEqual([]);
  expect(commandExplainer.declared).toEqual([]);
  expect([...commandExplainer.needs]).toEqual([]);
});

test("the default rules are those of an empty configuration file", () => {
  expect(defaultGroupingRules).toEqual(createGroupingRules(defaultConfig));
  expect(defaultGroupingRules.classifier).toBe(commandExplainer);
});
