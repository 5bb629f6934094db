import { describe, expect, test } from "@jest/globals";
import type { FactName } from "../../../src/classify/process-facts.ts";
import { createFactReader } from "../../../src/collect/groups/fact-reader.ts";
import type { ReadCmdline } from "../../../src/procfs/cmdline.ts";
import { createProcReader, type ProcReader } from "../../../src/procfs/read.ts";
import type { TaskStat } from "../../../src/procfs/parse.ts";
import { createFakeCommandLines } from "../../support/fake-command-lines.ts";
import { fakeUsers } from "../../support/fake-users.ts";

const running: TaskStat = {
  comm: "prog",
  state: "R",
  ppid: 1,
  exiting: false,
  kernelThread: false,
  forkOnly: false,
  threads: 1,
  startTicks: 250,
};

interface Shown extends Partial<ProcReader> {
  readonly readCmdline?: ReadCmdline;
}

/** @param now what /proc shows once the process's own files have been read; undefined where it is gone */
function read(shown: Shown, now: TaskStat | undefined, needs: readonly FactName[] = ["argv", "cgroups"]) {
  const { readCmdline = () => undefined, ...files } = shown;
  const proc: ProcReader = { ...createProcReader("/nonexistent"), readStat: () => now, ...files };
  const commandLines = createFakeCommandLines(readCmdline);
  const users = { ...fakeUsers, nameOf: (uid: number) => `user ${uid}` };
  const bootTime = { seconds: 1000 };
  const factReader = createFactReader({ proc, commandLines, users, needs: () => new Set(needs), bootTime });
  return factReader.read(42, running);
}

const ending: TaskStat = { ...running, exiting: true };

describe("what is known of a live process", () => {
  test("is what its files show", () => {
    const shown = { readCmdline: () => ["prog", "-x"], readCgroups: () => ["/a"] };
    expect(read(shown, ending)).toMatchObject({
      ...{ tgid: 42, comm: "prog", argv: ["prog", "-x"], cgroups: ["/a"] },
      startTime: 1002.5,
    });
  });

  test("is that it has no arguments where it shows none and lives on", () => {
    const { argv, cgroups } = read({ readCmdline: () => [], readCgroups: () => ["/", "/a"] }, running);
    expect([argv, cgroups]).toEqual([[], ["/", "/a"]]);
  });

  test.each([
    { what: "is ending", now: ending },
    { what: "is gone", now: undefined },
  ])("is neither that it had no arguments nor that it was in the root group where it $what", ({ now }) => {
    const { argv, cgroups } = read({ readCmdline: () => [], readCgroups: () => ["/", "/a"] }, now);
    expect([argv, cgroups]).toEqual([undefined, undefined]);
  });

  test("keeps arguments that were read before the control groups were too late", () => {
    const { argv, cgroups } = read({ readCmdline: () => ["prog"], readCgroups: () => ["/"] }, ending);
    expect([argv, cgroups]).toEqual([["prog"], undefined]);
  });

  test("holds nothing that no rule asks for", () => {
    const refuse = (): never => {
      throw new Error("read all the same");
    };
    const shown = { readCmdline: refuse, readCgroups: refuse, readUids: refuse };
    expect(read(shown, running, [])).toMatchObject({ argv: undefined, cgroups: undefined, user: undefined });
  });
});
