import { expect, test } from "@jest/globals";
import { createArgumentBudget } from "../../src/execs/argument-budget.ts";
import type { ProcessSnapshot } from "../../src/execs/exec-watcher.ts";

const megabyte = 2 ** 20;

function snapshotOf(...argv: readonly string[]): ProcessSnapshot {
  const nothing = { ppid: undefined, startTicks: undefined, cgroups: undefined, uids: undefined };
  return { tgid: 1, seenAtUs: 0, comm: "a", argv, ...nothing };
}

test("short arguments are always reported; long ones up to a limit in each second, whole or not at all", () => {
  let nowUs = 0;
  const limitArguments = createArgumentBudget(() => nowUs);
  const short = snapshotOf("/bin/true", "x".repeat(4000));
  const long = snapshotOf("java", "x".repeat(megabyte / 2));
  const countReported = (): number =>
    Array.from({ length: 600 }, () => limitArguments(long).argv).filter((argv) => argv === long.argv).length;
  expect(countReported()).toBe(7);
  expect(countReported()).toBe(0);
  expect(limitArguments(long)).toEqual({ ...long, argv: undefined });
  expect(limitArguments(short)).toBe(short);
  nowUs += 10e6;
  expect(countReported()).toBe(7);
  nowUs += 1e6;
  expect(countReported()).toBe(2);
});
