/** Processes that change while they live. A change is followed by the second call of `followChanges` at the latest. */

import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { systemClock } from "../../../src/base/clock.ts";
import type { RuleSpec } from "../../../src/classify/rule.ts";
import { createCounters } from "../../../src/collect/counters.ts";
import { createProcessGrouping, type ProcessGrouping } from "../../../src/collect/groups/process-grouping.ts";
import type { Process } from "../../../src/collect/groups/process.ts";
import { defaultGroupingRules } from "../../../src/default-grouping-rules.ts";
import { createBootTime, type BootTime } from "../../../src/procfs/boot-time.ts";
import { createProcReader } from "../../../src/procfs/read.ts";
import { createFakeCommandLines, type FakeCommandLines } from "../../support/fake-command-lines.ts";
import { startFakeExporter } from "../../support/fake-exporter.ts";
import { createFakeKernel, type FakeKernel, type ForkOptions } from "../../support/fake-kernel.ts";
import { createFakeProc, type FakeProc } from "../../support/fake-proc.ts";
import { classifierOf } from "../../support/rules.ts";
import { until } from "../../support/until.ts";
import { fakeUsers } from "../../support/fake-users.ts";

let kernel: FakeKernel;
let tree: FakeProc;
let commandLines: FakeCommandLines;
let bootTime: BootTime;
let processGrouping: ProcessGrouping;
/** Processes that ran since the last call. */
let ran: Set<number>;
/** Processes that were billed before they left their group, with its name. */
let billed: string[];

const groupOf = ({ group }: Process): string | undefined => group.labels.groupname;
const group = (tgid: number): string | undefined => {
  const process = processGrouping.tracker.processes.get(tgid);
  return process && groupOf(process);
};

async function start(...rules: readonly RuleSpec[]): Promise<void> {
  const proc = createProcReader(tree.root);
  bootTime = createBootTime(proc);
  const yieldToEventLoop = (): Promise<void> => Promise.resolve();
  const poller = {
    billUpToNow: () => undefined,
    findRan: (processes: readonly Process[]) => Promise.resolve(processes.filter(({ tgid }) => ran.has(tgid))),
    billAllUpToNow(processes: readonly Process[]) {
      billed.push(...processes.map((process) => `${process.tgid} ${groupOf(process) ?? ""}`));
      return Promise.resolve();
    },
  };
  processGrouping = createProcessGrouping({
    ...{ proc, commandLines, bootTime, users: fakeUsers, counters: createCounters(), clock: systemClock },
    ...{ children: true, kernelThreads: false, pods: undefined, exitsUp: () => true, poller, yieldToEventLoop },
    groupingRules: { ...defaultGroupingRules, classifier: classifierOf(rules) },
    watchExecs: () => Promise.reject(new Error("no watcher")),
    onWatcherFailed: () => undefined,
  });
  await processGrouping.tracker.discover({ thorough: true, yieldToEventLoop });
}

async function followTwice(): Promise<void> {
  await processGrouping.followChanges();
  await processGrouping.followChanges();
}

const fork = (options: ForkOptions): number => kernel.fork(options).tgid;

beforeEach(() => {
  kernel = createFakeKernel();
  tree = createFakeProc(kernel);
  commandLines = createFakeCommandLines(tree.root);
  [ran, billed] = [new Set(), []];
});
afterEach(() => tree.dispose());

const byTitle: readonly RuleSpec[] = [
  { name: "worker", cmdline: ["worker"] },
  { name: "master", cmdline: ["master"] },
];

describe("a title that is rewritten", () => {
  test("moves its process, after the process was billed to its old group", async () => {
    const tgid = fork({ cmdline: ["web: master"] });
    await start(...byTitle);
    await followTwice();
    kernel.change(tgid, { cmdline: ["web: worker"] });
    ran.add(tgid);
    await followTwice();
    expect([group(tgid), billed]).toEqual(["worker", [`${tgid} master`]]);
  });

  test("that stays the same moves and bills nothing, though the process ran", async () => {
    const tgid = fork({ cmdline: ["web: master"] });
    await start(...byTitle);
    ran.add(tgid);
    await followTwice();
    expect(billed).toEqual([]);
  });

  test("is not read where the process has not run, nor where no rule asks for it", async () => {
    for (let count = 0; count < 50; count++) fork({ cmdline: ["web: master"] });
    await start(...byTitle);
    const before = commandLines.reads;
    await followTwice();
    expect(commandLines.reads).toBe(before);
    const tgid = fork({ comm: "prog" });
    await start({ name: "{{.Comm}}", comm: ["prog"] });
    ran.add(tgid);
    await followTwice();
    expect(commandLines.reads).toBe(before);
  });

  test("moves the children and grandchildren that have the process's group too, but not a child that has another parent by now", async () => {
    const parent = fork({ comm: "web", cmdline: ["web: master"] });
    const child = fork({ comm: "sh", cmdline: ["sh"], ppid: parent });
    const grandchild = fork({ comm: "sh", cmdline: ["sh"], ppid: child });
    const orphan = fork({ comm: "sh", cmdline: ["sh"], ppid: parent });
    await start(...byTitle);
    expect([child, grandchild, orphan].map(group)).toEqual(["master", "master", "master"]);
    kernel.change(orphan, { ppid: 1 });
    kernel.change(parent, { cmdline: ["web: worker"] });
    ran.add(parent);
    await followTwice();
    expect([parent, child, grandchild, orphan].map(group)).toEqual(["worker", "worker", "worker", "master"]);
    expect(billed).toEqual([parent, child, grandchild].map((tgid) => `${tgid} master`));
  });

  test("of a child that has its parent's group moves it to its own, and back once no rule matches", async () => {
    const parent = fork({ cmdline: ["web: master"] });
    const child = fork({ cmdline: ["sh"], ppid: parent });
    await start(...byTitle);
    ran.add(child);
    kernel.change(child, { cmdline: ["a worker"] });
    await followTwice();
    expect(group(child)).toBe("worker");
    kernel.change(child, { cmdline: ["sh"] });
    await followTwice();
    expect(group(child)).toBe("master");
  });

  test("is noticed though the arguments are too long to be kept", async () => {
    const long = "x".repeat(500_000);
    const tgids = Array.from({ length: 20 }, () => fork({ cmdline: ["web: master", long] }));
    await start(...byTitle);
    const last = tgids.at(-1) ?? 0;
    expect(processGrouping.tracker.processes.get(last)?.facts?.argv).toBeUndefined();
    for (const tgid of tgids) ran.add(tgid);
    await followTwice();
    expect([billed, group(last)]).toEqual([[], "master"]);
    kernel.change(last, { cmdline: ["web: worker", long] });
    await followTwice();
    expect([billed, group(last)]).toEqual([[`${last} master`], "worker"]);
  });
});

describe("a command line that cannot be read", () => {
  test("leaves its process unidentified and counted until it can be read", async () => {
    const tgid = fork({ cmdline: ["web: worker"] });
    commandLines.blocking.add(tgid);
    await start(...byTitle);
    expect([group(tgid), processGrouping.unreadable.get("cmdline_blocked")]).toEqual(["unidentified", 1]);
    await followTwice();
    expect(group(tgid)).toBe("unidentified");
    commandLines.blocking.delete(tgid);
    await followTwice();
    expect([group(tgid), processGrouping.unreadable.get("cmdline_blocked")]).toEqual(["worker", 0]);
  });

  test("leaves a process that was read before in its group, and other rules use what was read", async () => {
    const tgid = fork({ cmdline: ["web: worker"] });
    await start(...byTitle);
    commandLines.blocking.add(tgid);
    ran.add(tgid);
    await followTwice();
    expect([group(tgid), processGrouping.unreadable.get("cmdline_blocked")]).toEqual(["worker", 1]);
    const classifier = classifierOf([{ name: "new {{.ExeBase}}", cmdline: ["worker"] }]);
    await processGrouping.configure({ ...defaultGroupingRules, classifier });
    expect(group(tgid)).toBe("new web: worker");
  });

  test("is not counted where no rule asks for command lines", async () => {
    await start({ name: "{{.Comm}}", comm: ["prog"] });
    expect([...processGrouping.unreadable]).toEqual([]);
  });
});

describe("a move to another control group", () => {
  const byGroup: readonly RuleSpec[] = [{ name: "{{.Matches.slice}}", cgroup: ["/(?P<slice>\\w+)\\.slice"] }];

  test("moves a sleeping process too", async () => {
    const tgid = fork({ cgroup: "/one.slice" });
    await start(...byGroup);
    kernel.change(tgid, { cgroup: "/two.slice" });
    await followTwice();
    expect([group(tgid), billed]).toEqual(["two", [`${tgid} one`]]);
  });

  test("is found in each of 500 sleeping processes", async () => {
    const tgids = Array.from({ length: 500 }, () => fork({ cgroup: "/one.slice" }));
    await start(...byGroup);
    for (const tgid of tgids) kernel.change(tgid, { cgroup: "/two.slice" });
    await followTwice();
    expect(new Set(tgids.map(group))).toEqual(new Set(["two"]));
  });
});

describe("another user", () => {
  test("moves a process that took another user after its start", async () => {
    const tgid = fork({ comm: "daemon", uid: 0 });
    await start({ name: "user {{.Username}}", user: ["."] });
    kernel.change(tgid, { uid: 33 });
    ran.add(tgid);
    await followTwice();
    expect([group(tgid), billed]).toEqual(["user 33", [`${tgid} user 0`]]);
  });
});

describe("another boot time", () => {
  test("changes groups that show when processes started, though no process ran", async () => {
    const tgid = fork({ comm: "prog" });
    await start({ name: "{{.StartTime}}", comm: ["prog"] });
    const shown = (): number => Date.parse((group(tgid) ?? "").replace(/ \+0000 UTC$/, "Z").replace(" ", "T"));
    const before = shown();
    tree.write("stat", `btime ${kernel.bootTime + 3600}\n`);
    bootTime.refresh();
    await followTwice();
    expect(shown() - before).toBe(3_600_000);
  });
});

test("an exporter bills each group what was done in it, threads included, though no scrape came at the change", async () => {
  const { tgid } = kernel.fork({ cmdline: ["web: master"] });
  const { tid } = kernel.startThread(tgid);
  const run = (minflt: number): void => {
    for (const id of [tgid, tid])
      kernel.add(id, { ac_minflt: minflt, cpu_count: 1, cpu_run_virtual_total: 1e6, nvcsw: 1 });
  };
  const fake = await startFakeExporter(kernel, {
    groupingRules: { classifier: classifierOf([{ name: "{{.Matches.kind}}", cmdline: ["web: (?P<kind>\\w+)"] }]) },
    discoveryIntervalMs: 5,
  });
  try {
    run(100);
    kernel.change(tgid, { cmdline: ["web: worker"] });
    // A scrape would poll. The list of members shows the process's account without one.
    const account = () =>
      [...fake.exporter.listMembers()].find(([, members]) => members.some((one) => one.tgid === tgid));
    const [before] = account() ?? [];
    await until(() => account()?.[0] !== before);
    run(7);
    const last = await fake.scrape();
    const faults = (groupname: string): number => last.sum("taskstats_page_faults_total", { groupname, kind: "minor" });
    expect([faults("master"), faults("worker")]).toEqual([200, 14]);
  } finally {
    fake.stop();
  }
});
