import { beforeEach, describe, expect, test } from "@jest/globals";
import type { ProcessFacts } from "../../../src/classify/process-facts.ts";
import { createExecFollower, type ExecFollower } from "../../../src/collect/groups/exec-follower.ts";
import { createFactReader } from "../../../src/collect/groups/fact-reader.ts";
import { createProcess, type Process } from "../../../src/collect/groups/process.ts";
import type { ProcessSnapshot } from "../../../src/execs/exec-watcher.ts";
import type { TaskStat } from "../../../src/procfs/parse.ts";
import { createProcReader } from "../../../src/procfs/read.ts";
import { createFakeCommandLines } from "../../support/fake-command-lines.ts";
import { fakeUsers } from "../../support/fake-users.ts";
import { createNamedGroup } from "../../support/groups.ts";
import { known } from "../../support/rules.ts";
import { runningStat } from "../../support/task-stat.ts";

const tgid = 42;

const snapshot: ProcessSnapshot = {
  tgid,
  seenAtUs: 0,
  comm: "next",
  ppid: 7,
  startTicks: 250,
  argv: ["next", "-x"],
  cgroups: ["/b"],
  uids: undefined,
};

let process: Process;
let processes: Map<number, Process>;
/** What /proc shows of the process now. */
let stat: TaskStat | undefined;
let argv: readonly string[] | undefined;
/** What was done, in order. */
let done: unknown[];
let onBill: () => void;
let follower: ExecFollower;

beforeEach(() => {
  process = createProcess(tgid, createNamedGroup("a"));
  process.startTicks = 250;
  process.facts = { ...known, tgid, comm: "prog", argv: ["prog"], cgroups: ["/a"] };
  processes = new Map([[tgid, process]]);
  [stat, argv, done, onBill] = [undefined, ["third"], [], () => undefined];
  const proc = { ...createProcReader("/nonexistent"), readStat: () => stat, readCgroups: () => ["/c"] };
  const factReader = createFactReader({
    ...{ proc, commandLines: createFakeCommandLines(() => argv), users: fakeUsers, bootTime: { seconds: 0 } },
    needs: () => new Set(["argv", "cgroups"]),
  });
  follower = createExecFollower({
    ...{ proc, factReader },
    tracker: {
      processes,
      noteChild: (ppid, cgroups) => void done.push(["child", ppid, cgroups]),
      regroup: (_process, { comm, argv, cgroups }: ProcessFacts, ppid) =>
        void done.push(["regroup", { comm, argv, cgroups }, ppid]),
    },
    poller: {
      billUpToNow() {
        done.push("bill");
        onBill();
      },
    },
  });
});

describe("an exec", () => {
  test("of a process that exited since regroups it by the snapshot, after it was billed", () => {
    expect(follower.onExec(snapshot)).toBe(true);
    expect(done).toEqual([
      ["child", 7, ["/b"]],
      "bill",
      ["regroup", { comm: "next", argv: ["next", "-x"], cgroups: ["/b"] }, 7],
    ]);
  });

  test("of a live process regroups it by what /proc shows now, since it may run a third program", () => {
    stat = { ...runningStat, comm: "third" };
    follower.onExec(snapshot);
    expect(done.at(-1)).toEqual(["regroup", { comm: "third", argv: ["third"], cgroups: ["/c"] }, 7]);
  });

  test.each([
    { what: "is exiting", now: { ...runningStat, exiting: true } },
    { what: "has no readable arguments", now: runningStat },
  ])("of a process that $what regroups it by the snapshot", ({ now }) => {
    [stat, argv] = [now, undefined];
    follower.onExec(snapshot);
    expect(done.at(-1)).toMatchObject(["regroup", { comm: "next" }, 7]);
  });

  test("whose snapshot lacks the control groups keeps those from before, since an exec does not move a process", () => {
    follower.onExec({ ...snapshot, cgroups: undefined });
    expect(done.at(-1)).toMatchObject(["regroup", { cgroups: ["/a"] }, 7]);
  });

  test("of a process that is not tracked, or has no facts, is left to others", () => {
    process.facts = undefined;
    expect([follower.onExec(snapshot), follower.onExec({ ...snapshot, tgid: 43 })]).toEqual([false, false]);
    expect(done).toEqual([
      ["child", 7, ["/b"]],
      ["child", 7, ["/b"]],
    ]);
  });

  test("of another process with the same id changes nothing of the tracked one", () => {
    expect(follower.onExec({ ...snapshot, startTicks: 251 })).toBe(false);
    expect(done).toEqual([["child", 7, ["/b"]]]);
  });

  test("of a process that turns out to have exited when it is billed does not regroup it", () => {
    onBill = () => (process.ended = true);
    expect(follower.onExec({ ...snapshot, ppid: undefined })).toBe(true);
    expect(done).toEqual(["bill"]);
  });
});

describe("a revisit", () => {
  test("that shows another title regroups the process by it, after it was billed", () => {
    follower.onRevisit({ snapshot: { ...snapshot, cgroups: undefined }, ranUs: 100 });
    expect(done).toEqual(["bill", ["regroup", { comm: "next", argv: ["next", "-x"], cgroups: ["/a"] }, 7]]);
  });

  test.each([
    { what: "shows the same title", revisit: { snapshot: { ...snapshot, argv: ["prog"] }, ranUs: 100 } },
    { what: "shows a blank title", revisit: { snapshot: { ...snapshot, argv: [" "] }, ranUs: 100 } },
    { what: "lacks the arguments", revisit: { snapshot: { ...snapshot, argv: undefined }, ranUs: 100 } },
    { what: "is of a process that forked", revisit: { snapshot, ranUs: undefined } },
    { what: "is of another process with the same id", revisit: { snapshot: { ...snapshot, startTicks: 1 }, ranUs: 9 } },
    { what: "is of a process that is not tracked", revisit: { snapshot: { ...snapshot, tgid: 43 }, ranUs: 100 } },
  ])("that $what changes nothing", ({ revisit }) => {
    follower.onRevisit(revisit);
    expect(done).toEqual([]);
  });
});
