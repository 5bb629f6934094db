import { expect, test } from "@jest/globals";
import { nearest } from "../../src/config/nearest.ts";

const names = ["name", "comm", "exe", "cmdline", "user", "unit", "cgroup", "labels", "ignore"];

test.each([
  ["nam", "name"],
  ["COMM", "comm"],
  ["nmae", "name"],
  ["eex", "exe"],
  ["cmo", undefined],
  ["comdline", "cmdline"],
  ["ingore", "ignore"],
  ["unti", "unit"],
  ["command_line", undefined],
  ["cmd_line", "cmdline"],
  ["label", "labels"],
  ["cgroups", "cgroup"],
  ["x", undefined],
  ["", undefined],
])("the nearest name to %j is %j", (written, meant) => expect(nearest(written, names)).toBe(meant));
