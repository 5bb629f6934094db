import { expect, test } from "@jest/globals";
import { createProcess, pollAgain } from "../../../src/collect/groups/process.ts";
import { createNamedGroup } from "../../support/groups.ts";

test("a new process has a group, and neither facts nor an assignment nor figures", () => {
  const group = createNamedGroup("a");
  const process = createProcess(42, group);
  expect(process).toMatchObject({ tgid: 42, group, threadCount: 1, ended: false, delays: "unknown" });
  expect([process.startTicks, process.facts, process.assignment, process.row]).toEqual(Array(4).fill(undefined));
});

test("two new processes share neither rows nor kept arguments", () => {
  const group = createNamedGroup("a");
  const [one, other] = [createProcess(1, group), createProcess(2, group)];
  expect(one.threads).not.toBe(other.threads);
  expect(one.kept).not.toBe(other.kept);
});

test("a new process counts as one that has run, whatever its first figures are", () => {
  const { runCount, runTimeNs, checkedRunCount, checkedRunTimeNs } = createProcess(42, createNamedGroup("a"));
  expect([runCount, runTimeNs, checkedRunCount, checkedRunTimeNs]).toEqual([NaN, NaN, NaN, NaN]);
});

test("lookAgain makes a process count as one that has run, though its figures stay the same", () => {
  const process = createProcess(42, createNamedGroup("a"));
  Object.assign(process, { runCount: 7, runTimeNs: 1000 });
  pollAgain(process);
  expect(process.runCount).not.toBe(7);
  expect(process.runCount === process.runCount).toBe(false);
});
