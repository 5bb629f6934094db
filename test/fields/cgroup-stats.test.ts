import { expect, test } from "@jest/globals";
import { cgroupMetrics, cgroupStates } from "../../src/fields/cgroup-stats.ts";

test("the states are in the order of the members of struct cgroupstats", () => {
  expect(cgroupStates.map(({ member }) => member)).toEqual([
    "nr_sleeping",
    "nr_running",
    "nr_stopped",
    "nr_uninterruptible",
    "nr_io_wait",
  ]);
});

test("a state has the name of its member without nr_", () => {
  expect(cgroupStates.map(({ state }) => `nr_${state}`)).toEqual(cgroupStates.map(({ member }) => member));
});

test("the help names each member and the labels", () => {
  const { help, labels } = cgroupMetrics.tasks;
  for (const { member } of cgroupStates) expect(help).toContain(member);
  expect(labels).toEqual(["cgroup", "state"]);
  expect(help).toContain("The label cgroup is the directory as --collector.cgroupstats has it.");
});
