/** Discovery of a process that begins to exit while its files are read. */

import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { setImmediate as nextTurn } from "node:timers/promises";
import { systemClock } from "../../../src/base/clock.ts";
import { createCounters } from "../../../src/collect/counters.ts";
import { createProcessGrouping, type ProcessGrouping } from "../../../src/collect/groups/process-grouping.ts";
import { defaultGroupingRules } from "../../../src/default-grouping-rules.ts";
import type { TaskStat } from "../../../src/procfs/parse.ts";
import { createProcReader, type ProcReader } from "../../../src/procfs/read.ts";
import { createFakeCommandLines } from "../../support/fake-command-lines.ts";
import { createFakeWatcher, type FakeWatcher } from "../../support/fake-watcher.ts";
import { classifierOf } from "../../support/rules.ts";
import { fakeUsers } from "../../support/fake-users.ts";
import { runningStat } from "../../support/task-stat.ts";

const tgid = 42;

let cgroups: readonly string[];
/** Called when the control groups are read. */
let onRead: () => void;
let stat: TaskStat | undefined;
let watcher: FakeWatcher;
let lastPid: number | undefined;
let processGrouping: ProcessGrouping;

const proc: ProcReader = {
  ...createProcReader("/nonexistent"),
  readStat: (id) => (id === tgid ? stat : undefined),
  readCgroups() {
    onRead();
    return cgroups;
  },
  readLastPid: () => lastPid,
  listProcesses: () => Promise.resolve([tgid]),
};

const discover = () => processGrouping.tracker.discover({ thorough: true, yieldToEventLoop: () => nextTurn() });
const groupName = (): string | undefined => processGrouping.tracker.processes.get(tgid)?.group.labels.groupname;

function end(): void {
  stat = { ...runningStat, exiting: true };
  cgroups = ["/", "/"];
}

beforeEach(async () => {
  lastPid = undefined;
  [stat, cgroups, onRead, watcher] = [runningStat, ["/a", "/one"], () => undefined, createFakeWatcher()];
  processGrouping = createProcessGrouping({
    proc,
    commandLines: createFakeCommandLines("/nonexistent"),
    users: fakeUsers,
    counters: createCounters(),
    groupingRules: {
      ...defaultGroupingRules,
      classifier: classifierOf([{ name: "{{.Matches.id}}", cgroup: ["/(?P<id>one)$"] }]),
    },
    ...{
      children: true,
      kernelThreads: false,
      bootTime: { seconds: 0, refresh: () => undefined },
      pods: undefined,
    },
    exitsUp: () => true,
    watchExecs: () => Promise.resolve(watcher),
    onWatcherFailed: () => undefined,
    clock: systemClock,
    poller: {
      billUpToNow: () => undefined,
      billAllUpToNow: () => Promise.resolve(),
      findRan: () => Promise.resolve([]),
    },
    yieldToEventLoop: () => nextTurn(),
  });
  await processGrouping.start();
});
afterEach(() => processGrouping.execHistory.close());

describe("a process whose files are read", () => {
  test("and that begins to exit meanwhile is not adopted: its exit event bills it", async () => {
    onRead = end;
    await discover();
    expect(processGrouping.tracker.processes.has(tgid)).toBe(false);
  });

  test("and that lives on is adopted", async () => {
    await discover();
    expect(groupName()).toBe("one");
  });

  test("after an exec, and that begins to exit meanwhile, gets the facts of the exec watcher's snapshot", async () => {
    await discover();
    onRead = end;
    watcher.see({ tgid, comm: "next", ppid: 1, cgroups: ["/b", "/one"] });
    processGrouping.execHistory.note();
    expect(groupName()).toBe("one");
    expect(processGrouping.tracker.processes.get(tgid)?.facts?.comm).toBe("next");
  });

  test("after an exec that the watcher read too late keeps its control groups, and has no command until its last record", async () => {
    await discover();
    stat = undefined;
    watcher.see({ tgid });
    processGrouping.execHistory.note();
    const { facts } = processGrouping.tracker.processes.get(tgid) ?? {};
    expect([facts?.comm, facts?.cgroups]).toEqual(["", ["/a", "/one"]]);
  });
});

describe("a process that has exited", () => {
  const zombieGroup = (): string | undefined => processGrouping.tracker.zombies.get(tgid)?.group.labels.groupname;

  async function exit(): Promise<void> {
    await discover();
    const { tracker } = processGrouping;
    tracker.remove(tracker.processes.get(tgid) as Parameters<typeof tracker.remove>[0]);
    // A zombie has no control group, by which its group could be found.
    [stat, cgroups] = [{ ...runningStat, state: "Z", exiting: true, threads: 1 }, ["/"]];
  }

  test("is a zombie of the group that it was in, however much happened until /proc is listed", async () => {
    await exit();
    for (let count = 0; count < 5; count++) processGrouping.tracker.ageRecentlyExited();
    await discover();
    expect(zombieGroup()).toBe("one");
    await discover();
    expect(zombieGroup()).toBe("one");
  });

  test("makes the next discovery list /proc, although no task was started", async () => {
    lastPid = 99;
    await discover();
    await discover();
    await exit();
    await processGrouping.tracker.discover({ thorough: false, yieldToEventLoop: () => nextTurn() });
    expect(zombieGroup()).toBe("one");
  });
});
