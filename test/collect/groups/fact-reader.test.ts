import { describe, expect, test } from "@jest/globals";
import type { FactName } from "../../../src/classify/process-facts.ts";
import { createFactReader } from "../../../src/collect/groups/fact-reader.ts";
import type { ReadCmdline } from "../../../src/procfs/cmdline.ts";
import { createProcReader, type ProcReader } from "../../../src/procfs/read.ts";
import type { TaskStat } from "../../../src/procfs/parse.ts";
import { createFakeCommandLines } from "../../support/fake-command-lines.ts";
import { fakeUsers } from "../../support/fake-users.ts";
import { runningStat } from "../../support/task-stat.ts";

interface Shown extends Partial<ProcReader> {
  readonly readCmdline?: ReadCmdline;
}

/** @param now what /proc/PID/stat shows after the other files have been read; undefined where the process is gone */
function read(shown: Shown, now: TaskStat | undefined, needs: readonly FactName[] = ["argv", "cgroups"]) {
  const { readCmdline = () => undefined, ...files } = shown;
  const proc: ProcReader = { ...createProcReader("/nonexistent"), readStat: () => now, ...files };
  const commandLines = createFakeCommandLines(readCmdline);
  const users = { ...fakeUsers, nameOf: (uid: number) => `user ${uid}` };
  const bootTime = { seconds: 1000 };
  const factReader = createFactReader({ proc, commandLines, users, needs: () => new Set(needs), bootTime });
  return factReader.read(42, runningStat);
}

const ending: TaskStat = { ...runningStat, exiting: true };

describe("the facts of a live process", () => {
  test("are what its files show", () => {
    const shown = { readCmdline: () => ["prog", "-x"], readCgroups: () => ["/a"] };
    expect(read(shown, ending)).toMatchObject({
      ...{ tgid: 42, comm: "prog", argv: ["prog", "-x"], cgroups: ["/a"] },
      startTime: 1002.5,
    });
  });

  test("are empty arguments and the root control group where a process that lives on shows those", () => {
    const { argv, cgroups } = read({ readCmdline: () => [], readCgroups: () => ["/", "/a"] }, runningStat);
    expect([argv, cgroups]).toEqual([[], ["/", "/a"]]);
  });

  test.each([
    { what: "is ending", now: ending },
    { what: "is gone", now: undefined },
  ])("are neither empty arguments nor the root control group where it $what", ({ now }) => {
    const { argv, cgroups } = read({ readCmdline: () => [], readCgroups: () => ["/", "/a"] }, now);
    expect([argv, cgroups]).toEqual([undefined, undefined]);
  });

  test("are its arguments alone where it began to exit between them and its control groups", () => {
    const { argv, cgroups } = read({ readCmdline: () => ["prog"], readCgroups: () => ["/"] }, ending);
    expect([argv, cgroups]).toEqual([["prog"], undefined]);
  });

  test("are not read where no rule asks for them", () => {
    const refuse = (): never => {
      throw new Error("read though no rule asks");
    };
    const shown = { readCmdline: refuse, readCgroups: refuse, readUids: refuse };
    expect(read(shown, runningStat, [])).toMatchObject({ argv: undefined, cgroups: undefined, user: undefined });
  });
});
