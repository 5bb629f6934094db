import { expect, test } from "@jest/globals";
import { createAttributions, missingNames } from "../../src/collect/attribution.ts";
import type { FactName } from "../../src/classify/process-facts.ts";

test("each value of the label is counted from 0, once even where two facts share it", () => {
  expect(createAttributions()).toEqual({
    tracked: 0,
    exec: 0,
    event: 0,
    parent: 0,
    cgroup: 0,
    unidentified_comm: 0,
    unidentified_cmdline: 0,
    unidentified_cgroup: 0,
    unidentified_user: 0,
    unidentified_start_time: 0,
    unidentified_parent: 0,
  });
});

test.each<[FactName, string]>([
  ["argv", "unidentified_cmdline"],
  ["cgroups", "unidentified_cgroup"],
  ["user", "unidentified_user"],
  ["effectiveUser", "unidentified_user"],
  ["startTime", "unidentified_start_time"],
])("the missing fact %s is shown in the words of the configuration: %s", (fact, name) => {
  expect(missingNames[fact]).toBe(name);
});
