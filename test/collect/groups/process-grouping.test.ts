/** The process grouping on a fake /proc, without polls: the parts work together, and follow another configuration. */

import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { RuleSpec } from "../../../src/classify/rule.ts";
import { createCounters } from "../../../src/collect/counters.ts";
import type { GroupingRules } from "../../../src/collect/groups/grouping-rules.ts";
import {
  createProcessGrouping,
  type ProcessGrouping,
  type ProcessGroupingOptions,
} from "../../../src/collect/groups/process-grouping.ts";
import { defaultGroupingRules } from "../../../src/default-grouping-rules.ts";
import type { ExecWatcherOptions } from "../../../src/execs/exec-watcher.ts";
import { createProcReader } from "../../../src/procfs/read.ts";
import { createFakeCommandLines } from "../../support/fake-command-lines.ts";
import { createFakeKernel, type FakeKernel } from "../../support/fake-kernel.ts";
import { createFakePods, idOf, pathOf, type FakePods } from "../../support/fake-pods.ts";
import { createFakeProc, type FakeProc } from "../../support/fake-proc.ts";
import { fakeUsers } from "../../support/fake-users.ts";
import { createFakeWatcher, type FakeWatcher } from "../../support/fake-watcher.ts";
import { classifierOf } from "../../support/rules.ts";

let kernel: FakeKernel;
let tree: FakeProc;
let pods: FakePods;
let watcher: FakeWatcher;
/** What each exec watcher was started with. */
let watches: ExecWatcherOptions[];
/** Makes the next start of the exec watcher fail. */
let watchFails: boolean;
let failures: string[];
/** Processes that were billed before they left their group, with its name. */
let billed: string[];
let grouping: ProcessGrouping;

const byComm: RuleSpec = { name: "{{.Comm}}", comm: ["a", "b", "c"] };
const byTitle: RuleSpec = { name: "{{.Matches.kind}}", cmdline: ["web: (?P<kind>\\w+)"] };

const rulesOf = (specs: readonly RuleSpec[], more: Partial<GroupingRules> = {}): GroupingRules => ({
  ...defaultGroupingRules,
  ...more,
  classifier: classifierOf(specs),
});

const yieldToEventLoop = (): Promise<void> => Promise.resolve();
const discover = () => grouping.tracker.discover({ thorough: true, yieldToEventLoop });
const nameOf = (tgid: number) => grouping.tracker.processes.get(tgid)?.group.labels["groupname"];

/** Starts a grouping, and discovers the processes that there are. */
async function start(groupingRules: GroupingRules, options: Partial<ProcessGroupingOptions> = {}): Promise<void> {
  grouping = createProcessGrouping({
    proc: createProcReader(tree.root),
    commandLines: createFakeCommandLines(tree.root),
    users: fakeUsers,
    counters: createCounters(),
    groupingRules,
    children: false,
    kernelThreads: false,
    exitsUp: () => true,
    bootTime: { seconds: 0, refresh: () => undefined },
    watchExecs(watch) {
      if (watchFails) return Promise.reject(new Error("refused"));
      watches.push(watch);
      return Promise.resolve(watcher);
    },
    clock: kernel.clock,
    pods: undefined,
    onWatcherFailed: (error) => void failures.push(String(error)),
    poller: {
      billUpToNow: ({ tgid, group }) => void billed.push(`${tgid} ${group.labels["groupname"] ?? ""}`),
      billAllUpToNow: () => Promise.resolve(),
      findRan: () => Promise.resolve([]),
    },
    yieldToEventLoop,
    ...options,
  });
  await grouping.start();
  await discover();
}

beforeEach(() => {
  kernel = createFakeKernel();
  tree = createFakeProc(kernel);
  pods = createFakePods();
  watcher = createFakeWatcher();
  watches = [];
  watchFails = false;
  failures = [];
  billed = [];
});
afterEach(() => {
  grouping.execHistory.close();
  tree.dispose();
});

describe("the exec watcher", () => {
  test("is not started where rules ask only for commands", async () => {
    await start(rulesOf([byComm]));
    expect([watches.length, grouping.execWatcherUp]).toEqual([0, undefined]);
  });

  test("is started once, with the facts that rules need", async () => {
    await start(rulesOf([byTitle]));
    await grouping.configure(rulesOf([byTitle, byComm]));
    expect(watches.map(({ facts }) => [...facts])).toEqual([["argv"]]);
    expect([grouping.execWatcherUp, grouping.execWatcherLate]).toEqual([true, false]);
  });

  test("is started again with other facts, and closed where rules need none any more", async () => {
    await start(rulesOf([byTitle]));
    const first = watcher;
    watcher = createFakeWatcher();
    await grouping.configure(rulesOf([{ name: "x", cgroup: ["x"] }]));
    expect([watches.map(({ facts }) => [...facts]), first.closed]).toEqual([[["argv"], ["cgroups"]], true]);
    await grouping.configure(rulesOf([byComm]));
    expect([watcher.closed, grouping.execWatcherUp]).toEqual([true, undefined]);
  });

  test("that cannot start is reported, and the processes that live are classified all the same", async () => {
    watchFails = true;
    const { tgid } = kernel.fork({ cmdline: ["web: master"] });
    await start(rulesOf([byTitle]));
    expect([failures, grouping.execWatcherUp, nameOf(tgid)]).toEqual([["Error: refused"], false, "master"]);
  });

  test("that breaks is reported and started again, after which all processes are read again", async () => {
    const { tgid } = kernel.fork({ cmdline: ["web: master"] });
    await start(rulesOf([byTitle]));
    watches[0]?.onBroken(new Error("broken"));
    expect([failures, grouping.execWatcherUp]).toEqual([["Error: broken"], false]);
    kernel.change(tgid, { cmdline: ["web: worker"] });
    watchFails = true;
    await grouping.recoverFromLoss();
    expect([grouping.execWatcherUp, nameOf(tgid)]).toEqual([false, "master"]);
    watchFails = false;
    await grouping.recoverFromLoss();
    expect([grouping.execWatcherUp, nameOf(tgid), watches.length]).toEqual([true, "worker", 2]);
  });

  test("that lost events makes all processes be read again, once", async () => {
    const { tgid } = kernel.fork({ cmdline: ["web: master"] });
    await start(rulesOf([byTitle]));
    kernel.change(tgid, { cmdline: ["web: worker"] });
    await grouping.recoverFromLoss();
    expect(nameOf(tgid)).toBe("master");
    watcher.lose(1);
    watches[0]?.onSeen();
    await grouping.recoverFromLoss();
    expect(nameOf(tgid)).toBe("worker");
    kernel.change(tgid, { cmdline: ["web: third"] });
    await grouping.recoverFromLoss();
    expect(nameOf(tgid)).toBe("worker");
  });

  test("that saw an exec moves the process at once, after it was billed to its old group", async () => {
    const { tgid } = kernel.fork({ cmdline: ["web: master"] });
    await start(rulesOf([byTitle]));
    kernel.exec(tgid, { comm: "prog", cmdline: ["web: worker"] });
    watcher.see({ tgid, comm: "prog" });
    watches[0]?.onSeen();
    expect([nameOf(tgid), billed]).toEqual(["worker", [`${tgid} master`]]);
  });
});

describe("another configuration", () => {
  test("moves all processes to the groups of its rules, and leaves what was billed where it is", async () => {
    const { tgid } = kernel.fork({ comm: "a" });
    await start(rulesOf([byComm]));
    const former = grouping.tracker.processes.get(tgid)?.group;
    if (former !== undefined) former.account.starts = 5;
    await grouping.configure(rulesOf([{ name: "new", comm: ["a"] }]));
    const group = grouping.tracker.processes.get(tgid)?.group;
    expect([group?.labels, group?.account.processes, group?.account.starts]).toEqual([{ groupname: "new" }, 1, 0]);
    expect([former?.account.processes, former?.account.starts]).toEqual([0, 5]);
  });

  test("creates the groups that it declares, and gives groups its histograms", async () => {
    await start(rulesOf([byComm]));
    const before = grouping.histograms.length;
    await grouping.configure(rulesOf([{ name: "web", comm: ["x"] }], { histograms: [] }));
    expect(grouping.groups.list().map(({ labels }) => labels)).toContainEqual({ groupname: "web" });
    expect([before > 0, grouping.histograms]).toEqual([true, []]);
  });

  test("reads user names first, where its rules ask for users", async () => {
    const asked: string[] = [];
    const users = {
      ...fakeUsers,
      refresh: () => asked.push("refresh") === 0,
      settled: () => Promise.resolve(void asked.push("settled")),
    };
    await start(rulesOf([byComm]), { users });
    expect(asked).toEqual([]);
    await grouping.configure(rulesOf([{ name: "x", user: ["."] }]));
    expect(asked).toEqual(["refresh", "settled"]);
  });
});

describe("at the limit of groups", () => {
  test("a process in `other` gets a group of its own once there is room, after it was billed to `other`", async () => {
    const { tgid: first } = kernel.fork({ comm: "a" });
    const { tgid: second } = kernel.fork({ comm: "b" });
    await start(rulesOf([byComm], { maxGroups: 1 }));
    expect([nameOf(first), nameOf(second)]).toEqual(["a", "other"]);
    grouping.expireGroups(0);
    expect([nameOf(second), billed]).toEqual(["other", []]);
    for (const process of grouping.tracker.processes.values())
      if (process.tgid === first) grouping.tracker.remove(process);
    grouping.expireGroups(0);
    expect([nameOf(second), billed]).toEqual(["b", [`${second} other`]]);
  });
});

describe("containers", () => {
  const names = { namespace: "shop", pod: "web-0", container: "app" };

  test("give their labels to groups when their names come, without a move of their processes", async () => {
    const { tgid } = kernel.fork({ comm: "a", cgroup: pathOf(1, 1) });
    await start(rulesOf([byComm]), { pods });
    grouping.nameContainers(kernel.clock.monotonicUs());
    const group = grouping.tracker.processes.get(tgid)?.group;
    expect([group?.labels, grouping.groups.list().includes(group as never)]).toEqual([{ groupname: "a" }, false]);
    pods.containers.set(idOf(1), names);
    grouping.nameContainers(kernel.clock.monotonicUs());
    expect(grouping.tracker.processes.get(tgid)?.group).toBe(group);
    expect([group?.labels, billed]).toEqual([{ groupname: "a", ...names }, []]);
  });
});
