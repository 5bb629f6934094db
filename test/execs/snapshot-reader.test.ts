import { describe, expect, test } from "@jest/globals";
import type { FactName } from "../../src/classify/process-facts.ts";
import { readSnapshots, type ExecProcReader } from "../../src/execs/snapshot-reader.ts";
import type { TaskStat } from "../../src/procfs/parse.ts";

const stat = { comm: "prog", ppid: 1, startTicks: 99, exiting: false } as TaskStat;

/** A /proc in memory, which notes what is read of it. */
function createStage(files: Partial<ExecProcReader> = {}) {
  const reads: string[] = [];
  const noting =
    <T>(file: string, read: (tgid: number) => T) =>
    (tgid: number): T => {
      reads.push(`${tgid} ${file}`);
      return read(tgid);
    };
  const proc = {
    readCmdline: noting("cmdline", files.readCmdline ?? ((tgid) => ["prog", String(tgid)])),
    readCgroups: noting("cgroup", files.readCgroups ?? (() => ["/a"])),
    readStat: noting("stat", files.readStat ?? (() => stat)),
    readUids: noting("status", files.readUids ?? (() => ({ real: 1000, effective: 0 }))),
  } as Partial<ExecProcReader> as ExecProcReader;
  let nowUs = 0;
  const take = (facts: readonly FactName[], ...tgids: readonly number[]) =>
    readSnapshots(proc, tgids, { facts: new Set(facts), nowUs: () => ++nowUs });
  return { reads, take };
}

const everything = ["argv", "cgroups", "user"] as const;

describe("a snapshot", () => {
  test("holds all that rules ask for", () => {
    expect(createStage().take(everything, 7)).toEqual([
      {
        tgid: 7,
        seenAtUs: 1,
        comm: "prog",
        ppid: 1,
        startTicks: 99,
        argv: ["prog", "7"],
        cgroups: ["/a"],
        uids: { real: 1000, effective: 0 },
      },
    ]);
  });

  test("reads no file that no rule asks for", () => {
    const { reads, take } = createStage();
    const [snapshot] = take([], 7);
    expect([reads, snapshot]).toEqual([
      ["7 stat"],
      expect.objectContaining({ argv: undefined, cgroups: undefined, uids: undefined }),
    ]);
  });

  test.each(["user", "effectiveUser"] as const)("reads both user ids where rules ask for %s", (fact) => {
    const { reads, take } = createStage();
    expect(take([fact], 7)[0]?.uids).toEqual({ real: 1000, effective: 0 });
    expect(reads).toEqual(["7 stat", "7 status"]);
  });

  test("of several processes reads all arguments first: an exiting process loses them first", () => {
    const { reads, take } = createStage();
    expect(take(["argv", "cgroups"], 7, 8).map(({ argv }) => argv)).toEqual([
      ["prog", "7"],
      ["prog", "8"],
    ]);
    expect(reads).toEqual(["7 cmdline", "8 cmdline", "7 cgroup", "7 stat", "8 cgroup", "8 stat"]);
  });

  test("has no arguments where /proc shows an empty command line: the process has lost its memory", () => {
    expect(createStage({ readCmdline: () => [] }).take(everything, 7)[0]?.argv).toBeUndefined();
  });

  test("has no control groups where the process was exiting when they had been read", () => {
    const { take } = createStage({ readStat: () => ({ ...stat, exiting: true }), readCgroups: () => ["/"] });
    expect(take(everything, 7)[0]).toMatchObject({ comm: "prog", cgroups: undefined, argv: ["prog", "7"] });
  });

  test("of a process that is gone holds nothing but its id and the time", () => {
    const { take } = createStage({
      readCmdline: () => undefined,
      readStat: () => undefined,
      readUids: () => undefined,
    });
    const nothing = { ppid: undefined, startTicks: undefined, argv: undefined, cgroups: undefined, uids: undefined };
    expect(take(everything, 7)).toEqual([{ tgid: 7, seenAtUs: 1, comm: "", ...nothing }]);
  });
});

test("no processes give no snapshots, and read nothing", () => {
  const { reads, take } = createStage();
  expect([take(everything), reads]).toEqual([[], []]);
});
