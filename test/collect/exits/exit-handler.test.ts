/** One exit event after the other: to which group each is billed, and which exits are deferred. */

import { afterEach, describe, expect, test } from "@jest/globals";
import { createExitHandler, type ExitHandler } from "../../../src/collect/exits/exit-handler.ts";
import { slotOf } from "../../../src/fields/fields.ts";
import { createCollectParts, type CollectParts, type CollectPartsOptions } from "../../support/collect-parts.ts";
import { createFakeWatcher, type FakeWatcher } from "../../support/fake-watcher.ts";
import { receptionOf } from "../../support/receptions.ts";

const minflt = slotOf("ac_minflt");
let parts: CollectParts;
let handler: ExitHandler;
afterEach(() => parts.close());

async function setUp({ kernelThreads = false, ...options }: CollectPartsOptions = {}): Promise<CollectParts> {
  parts = await createCollectParts({ kernelThreads, ...options });
  const { clock } = parts.kernel;
  handler = createExitHandler({ ...parts, clock, kernelThreads, forks: undefined });
  return parts;
}

/** Handles all queued exit events. */
const take = (): number => parts.events.receive(handler.handle);

function exitsOf(groupname: string): number {
  return [...parts.account(groupname).exits.values()].reduce((sum, count) => sum + count, 0);
}

const faultsOf = (groupname: string): number | undefined => parts.account(groupname).exact[minflt];
const work = (tid: number, faults: number): void =>
  parts.kernel.add(tid, { ac_minflt: faults, cpu_count: 1, cpu_run_virtual_total: 1000 });

describe("without rules that need the exec watcher", () => {
  test("the exit of a tracked process is billed to its group, and the process is tracked no more", async () => {
    const { kernel, tracker, counters, biller } = await setUp();
    const { tgid } = kernel.fork({ comm: "job" });
    await parts.discover();
    work(tgid, 5);
    await parts.poller.poll();
    work(tgid, 2);
    kernel.endProcess(tgid, { status: 9 });
    expect(take()).toBe(1);
    expect([faultsOf("job"), parts.account("job").exits.get(9), parts.account("job").processes]).toEqual([7, 1, 0]);
    expect([tracker.processes.has(tgid), tracker.findRecentlyExited(tgid)?.tgid]).toEqual([false, tgid]);
    expect([counters.exitEvents, counters.exitAttribution.tracked]).toEqual([1, 1]);
    // The exporter's own rows are left.
    expect(biller.rows).toEqual({ processes: 1, threads: 1 });
  });

  test("the exit of a process that nobody saw is billed to the group of the command in its record", async () => {
    const { kernel, tracker, counters } = await setUp();
    const { tgid } = kernel.fork({ comm: "short", figures: { ac_minflt: 3, cpu_count: 1 } });
    kernel.endProcess(tgid);
    take();
    expect([exitsOf("short"), faultsOf("short"), parts.account("short").starts]).toEqual([1, 3, 1]);
    expect([counters.exitAttribution.event, tracker.processes.size]).toEqual([1, 0]);
  });

  test("the exit of a thread is billed to its process, which stays tracked", async () => {
    const { kernel, tracker } = await setUp();
    const { tgid } = kernel.fork({ comm: "crew" });
    const { tid } = kernel.startThread(tgid, { figures: { ac_minflt: 4 } });
    await parts.discover();
    kernel.endThread(tid);
    take();
    expect([faultsOf("crew"), exitsOf("crew"), parts.account("crew").threadExits]).toEqual([4, 0, 1]);
    expect(tracker.processes.get(tgid)?.threadCount).toBe(1);
  });

  test("threads of a process that nobody saw are on no page until the leader's record names the process", async () => {
    const { kernel } = await setUp();
    const { tgid } = kernel.fork({ comm: "crew", figures: { ac_minflt: 1 } });
    const tids = [1, 2].map((faults) => kernel.startThread(tgid, { figures: { ac_minflt: faults } }).tid);
    for (const tid of tids) kernel.endThread(tid);
    take();
    expect(parts.groupnames()).toEqual([]);
    kernel.endProcess(tgid);
    take();
    expect([faultsOf("crew"), exitsOf("crew"), parts.account("crew").threadExits]).toEqual([4, 1, 3]);
  });

  test("a command that has changed since the last poll decides the group", async () => {
    const { kernel } = await setUp();
    const { tgid } = kernel.fork({ comm: "before" });
    await parts.discover();
    kernel.exec(tgid, { comm: "after" });
    kernel.endProcess(tgid);
    take();
    expect([exitsOf("before"), exitsOf("after")]).toEqual([0, 1]);
  });

  test("an event without a thread's record is not counted", async () => {
    const { counters } = await setUp();
    const reception = receptionOf({ tid: 1 });
    reception.thread.present = false;
    handler.handle(reception);
    expect(counters.exitEvents).toBe(0);
  });
});

describe("kernel threads", () => {
  const fork = () => [
    parts.kernel.fork({ comm: "kworker", ppid: 2, kernelThread: true }).tgid,
    // A helper program that the kernel starts.
    parts.kernel.fork({ comm: "modprobe", ppid: 2 }).tgid,
  ];

  test("are left out, but not the programs that the kernel starts", async () => {
    await setUp();
    for (const tgid of fork()) parts.kernel.endProcess(tgid);
    take();
    expect([parts.groupnames(), exitsOf("modprobe")]).toEqual([["modprobe"], 1]);
  });

  test("are left out where /proc has shown that they are some", async () => {
    const { tracker } = await setUp();
    const [tgid = 0] = fork();
    await parts.discover();
    expect(tracker.isIgnored(tgid)).toBe(true);
    parts.kernel.endProcess(tgid);
    take();
    expect([tracker.isIgnored(tgid), parts.groupnames()]).toEqual([false, ["node", "modprobe"]]);
  });

  test("are billed where they are asked for", async () => {
    await setUp({ kernelThreads: true });
    for (const tgid of fork()) parts.kernel.endProcess(tgid);
    take();
    expect([exitsOf("kworker"), exitsOf("modprobe")]).toEqual([1, 1]);
  });
});

describe("with rules that need the exec watcher", () => {
  let watcher: FakeWatcher;

  async function setUpRules() {
    watcher = createFakeWatcher();
    return setUp({
      watcher,
      rules: [
        { name: "plain", comm: ["plain"] },
        { name: "web", cmdline: ["--web"] },
        { name: "rest", cmdline: [".+"] },
      ],
    });
  }

  /** A process that starts a program and exits. */
  function runShortly(comm: string): number {
    const { tgid } = parts.kernel.fork({ comm });
    parts.kernel.exec(tgid, { comm });
    work(tgid, 6);
    parts.kernel.endProcess(tgid);
    return tgid;
  }

  test("an exit is deferred, and decided on when the watcher has caught up", async () => {
    const { counters } = await setUpRules();
    const tgid = runShortly("prog");
    take();
    expect(["plain", "web", "rest"].map(exitsOf)).toEqual([0, 0, 0]);
    watcher.seeLate({ tgid, comm: "prog", argv: ["prog", "--web"] }, 1);
    await handler.settle();
    expect([exitsOf("web"), faultsOf("web"), counters.exitAttribution.exec]).toEqual([1, 6, 1]);
    await handler.settle();
    expect(exitsOf("web")).toBe(1);
  });

  test("an exit whose record alone decides the group is not deferred", async () => {
    const { counters } = await setUpRules();
    runShortly("plain");
    take();
    expect([exitsOf("plain"), counters.exitAttribution.event]).toEqual([1, 1]);
  });

  test("an exit of which the watcher saw nothing is billed to the group of the unidentified", async () => {
    const { counters } = await setUpRules();
    runShortly("prog");
    take();
    await handler.settle();
    expect([exitsOf("unidentified"), counters.exitAttribution.unidentified_cmdline]).toEqual([1, 1]);
    expect(counters.execsMissed).toBe(1);
  });

  test("the exit of a tracked process under another command waits for the exec that may explain it", async () => {
    const { kernel, tracker } = await setUpRules();
    const { tgid } = kernel.fork({ comm: "shell", cmdline: ["shell"] });
    await parts.discover();
    kernel.exec(tgid, { comm: "prog" });
    work(tgid, 6);
    watcher.seeLate({ tgid, comm: "prog", argv: ["prog", "--web"] }, 1);
    kernel.endProcess(tgid);
    take();
    expect([exitsOf("rest"), tracker.processes.has(tgid)]).toEqual([0, true]);
    await handler.settle();
    expect([exitsOf("web"), exitsOf("rest"), tracker.processes.has(tgid)]).toEqual([1, 0, false]);
  });

  test("a deferred exit of a process that has been closed meanwhile is not billed", async () => {
    const { kernel, tracker, counters } = await setUpRules();
    const { tgid } = kernel.fork({ comm: "shell", cmdline: ["shell"] });
    await parts.discover();
    kernel.rename(tgid, "renamed");
    kernel.endProcess(tgid);
    take();
    const process = tracker.processes.get(tgid);
    if (process !== undefined) handler.closeUnreported(process);
    await handler.settle();
    expect([exitsOf("rest"), counters.vanished]).toEqual([0, 1]);
  });
});

describe("a process that exited without an event", () => {
  test("is closed once: its rows are free, and it is counted as vanished", async () => {
    const { kernel, tracker, counters, biller } = await setUp();
    const { tgid } = kernel.fork({ comm: "job", figures: { ac_minflt: 5, cpu_count: 1, cpu_run_virtual_total: 1 } });
    await parts.discover();
    await parts.poller.poll();
    const process = tracker.processes.get(tgid);
    if (process === undefined) throw new Error("not tracked");
    handler.closeUnreported(process);
    handler.closeUnreported(process);
    expect([counters.vanished, tracker.processes.has(tgid), parts.account("job").processes]).toEqual([1, false, 0]);
    expect([faultsOf("job"), exitsOf("job"), biller.rows]).toEqual([5, 0, { processes: 1, threads: 1 }]);
  });

  test("leaves what its threads did to the group of the unidentified where its command was never known", async () => {
    const { kernel, tracker } = await setUp();
    const { tgid } = kernel.fork({ comm: "crew" });
    kernel.endThread(kernel.startThread(tgid, { figures: { ac_minflt: 4 } }).tid);
    take();
    const process = tracker.processes.get(tgid);
    if (process === undefined) throw new Error("not tracked");
    handler.closeUnreported(process);
    expect([faultsOf("unidentified"), parts.account("unidentified").threadExits]).toEqual([4, 1]);
  });
});
