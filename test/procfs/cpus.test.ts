import { expect, test } from "@jest/globals";
import { availableParallelism } from "node:os";
import { parseOnlineCpus, readPossibleCpus } from "../../src/procfs/cpus.ts";

test("the possible CPUs are those that /sys names, at least as many as run programs", () => {
  const last = Number(/(\d+)$/.exec(readPossibleCpus("/nonexistent"))?.[1]);
  expect(last + 1).toBeGreaterThanOrEqual(availableParallelism());
});

test("without /sys they are those up to the last that is online", () => {
  expect(readPossibleCpus("/proc", "/nonexistent")).toMatch(/^0-\d+$/);
  expect(parseOnlineCpus("cpu  1 2\ncpu0 1 2\ncpu2 1 2\nintr 5\n")).toBe("0-2");
  expect(parseOnlineCpus("intr 5\n")).toBeUndefined();
});

test("without both files, the error names both", () => {
  expect(() => readPossibleCpus("/nonexistent", "/nonexistent/possible")).toThrow(
    /PROC_UNREADABLE at \/nonexistent\/stat: want a readable file, since \/nonexistent\/possible is not readable either/,
  );
});
