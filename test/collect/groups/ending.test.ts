import { describe, expect, test } from "@jest/globals";
import { hasEnded, isEnding } from "../../../src/collect/groups/ending.ts";
import type { TaskStat } from "../../../src/procfs/parse.ts";
import { createProcReader, type ProcReader } from "../../../src/procfs/read.ts";
import { runningStat } from "../../support/task-stat.ts";

const tgid = 42;
const exiting: TaskStat = { ...runningStat, exiting: true };

/** A /proc that shows these threads of the process: whether each is exiting, undefined where it is gone. */
function procWith(threads: ReadonlyMap<number, boolean | undefined> | undefined): ProcReader {
  return {
    ...createProcReader("/nonexistent"),
    listThreads: () => threads && [...threads.keys()],
    readThreadStat(_tgid, tid) {
      const isExiting = threads?.get(tid);
      return isExiting === undefined ? undefined : { ...runningStat, exiting: isExiting };
    },
  };
}

describe("hasEnded", () => {
  test.each([
    { state: "Z", threads: 1, ended: true },
    { state: "X", threads: 1, ended: true },
    { state: "X", threads: 0, ended: true },
    // The leader is a zombie, and another thread lives.
    { state: "Z", threads: 2, ended: false },
    { state: "R", threads: 1, ended: false },
    { state: "S", threads: 1, ended: false },
  ])("is $ended for state $state with $threads threads", ({ state, threads, ended }) => {
    expect(hasEnded({ ...exiting, state, threads })).toBe(ended);
  });
});

describe("isEnding", () => {
  test("is false for a process whose leader lives, and reads no threads", () => {
    const proc: ProcReader = {
      ...procWith(new Map()),
      listThreads: () => {
        throw new Error("read");
      },
    };
    expect(isEnding(proc, tgid, { ...runningStat, threads: 2 })).toBe(false);
  });

  test("is true for a single thread that is exiting", () => {
    expect(isEnding(procWith(new Map([[tgid, false]])), tgid, exiting)).toBe(true);
  });

  test("is false while one thread lives, since its exit event is still to come", () => {
    const threads = new Map([
      [tgid, true],
      [43, true],
      [44, false],
    ]);
    expect(isEnding(procWith(threads), tgid, { ...exiting, threads: 3 })).toBe(false);
  });

  test("is true where each other thread is exiting or gone", () => {
    const threads = new Map([
      [tgid, true],
      [43, true],
      [44, undefined],
    ]);
    expect(isEnding(procWith(threads), tgid, { ...exiting, threads: 3 })).toBe(true);
  });

  test("is true where the process disappears before its threads are listed", () => {
    expect(isEnding(procWith(undefined), tgid, { ...exiting, threads: 2 })).toBe(true);
  });
});
