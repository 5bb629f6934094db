import { expect, test } from "@jest/globals";
import { defaultConfig } from "../src/config/config.ts";
import { createGroupingRules } from "../src/grouping-rules.ts";

const named = (name: string) => ({ name, comm: [name] });

test("a configuration with more declared groups than max_groups is refused", () => {
  const limits = { ...defaultConfig.limits, maxGroups: 2 };
  const create = (names: readonly string[]) =>
    createGroupingRules({ ...defaultConfig, rules: names.map(named), limits });
  expect(create(["a", "b"]).classifier.declared).toHaveLength(2);
  expect(() => create(["a", "b", "c"])).toThrow("CONFIG at limits.max_groups: want at least 3");
});
