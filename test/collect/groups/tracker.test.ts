/** What the grouper makes of processes whose end and whose files it reads at the same time. */

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

const running: TaskStat = {
  ...{
    comm: "prog",
    state: "R",
    ppid: 1,
    exiting: false,
    kernelThread: false,
    forkOnly: false,
    threads: 1,
    startTicks: 250,
  },
};
const tgid = 42;

let cgroups: readonly string[];
/** From then on it is ending. */
let onRead: () => void;
let stat: TaskStat | undefined;
let watcher: FakeWatcher;
let processGrouping: ProcessGrouping;

const proc: ProcReader = {
  ...createProcReader("/nonexistent"),
  readStat: (id) => (id === tgid ? stat : undefined),
  readCgroups() {
    onRead();
    return cgroups;
  },
  readLastPid: () => undefined,
  listProcesses: () => Promise.resolve([tgid]),
};

const discover = () => processGrouping.tracker.discover({ thorough: true, yieldToEventLoop: () => nextTurn() });
const groupName = (): string | undefined => processGrouping.tracker.processes.get(tgid)?.group.labels.groupname;

function end(): void {
  stat = { ...running, exiting: true };
  cgroups = ["/", "/"];
}

beforeEach(async () => {
  [stat, cgroups, onRead, watcher] = [running, ["/a", "/one"], () => undefined, createFakeWatcher()];
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
    poller: { billUpToNow: () => undefined, billFormers: () => Promise.resolve(), findRan: () => Promise.resolve([]) },
    yieldToEventLoop: () => nextTurn(),
  });
  await processGrouping.start();
});
afterEach(() => processGrouping.execHistory.close());

describe("a process that is read", () => {
  test("and begins to end meanwhile is left to its last event, which what was seen of it before explains", async () => {
    onRead = end;
    await discover();
    expect(processGrouping.tracker.processes.has(tgid)).toBe(false);
  });

  test("and lives on is adopted", async () => {
    await discover();
    expect(groupName()).toBe("one");
  });

  test("after an exec, and begins to end meanwhile, is what the watcher saw then", async () => {
    await discover();
    onRead = end;
    watcher.see({ tgid, comm: "next", ppid: 1, cgroups: ["/b", "/one"] });
    processGrouping.execHistory.note();
    expect(groupName()).toBe("one");
    expect(processGrouping.tracker.processes.get(tgid)?.facts?.comm).toBe("next");
  });

  test("after an exec that the watcher came too late for keeps its control groups, and has no name until its last record", async () => {
    await discover();
    stat = undefined;
    watcher.see({ tgid });
    processGrouping.execHistory.note();
    const { facts } = processGrouping.tracker.processes.get(tgid) ?? {};
    expect([facts?.comm, facts?.cgroups]).toEqual(["", ["/a", "/one"]]);
  });
});
