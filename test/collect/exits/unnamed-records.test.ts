/** Exit records of kernels before 5.19, which name no process. */

import { afterEach, describe, expect, test } from "@jest/globals";
import { createFakeKernel, type FakeKernel } from "../../support/fake-kernel.ts";
import { startFakeExporter, type FakeExporter } from "../../support/fake-exporter.ts";

let fake: FakeExporter | undefined;
let kernel: FakeKernel;

async function start(prepare: (kernel: FakeKernel) => void = () => undefined, exitsReceiveBufferBytes = 2 ** 25) {
  kernel = createFakeKernel({ structVersion: 10, deadThreadsKept: false, groupVersionZero: true });
  kernel.advance(1_000_000);
  prepare(kernel);
  fake = await startFakeExporter(kernel, { exitsReceiveBufferBytes });
  kernel.advance(1_000_000);
}

afterEach(() => {
  fake?.stop();
  fake = undefined;
});

function work(tid: number, amount: number): void {
  kernel.add(tid, { ac_minflt: amount, cpu_count: 1, cpu_run_virtual_total: amount * 1000, nvcsw: 2 });
}

/** Starts a thread, which does this amount of work and exits. */
function runThread(tgid: number, amount: number): void {
  const { tid } = kernel.startThread(tgid);
  work(tid, amount);
  kernel.endThread(tid);
}

/** Starts a process of one thread, which does this amount of work and exits. */
function runProcess(comm: string, amount: number): void {
  const { tgid } = kernel.fork({ comm });
  work(tgid, amount);
  kernel.endProcess(tgid);
}

/** Loses all events of this kind while `run` lasts. */
function losing(kind: "event" | "process event", run: () => void): void {
  kernel.faults.pass = (bytes, what) => (what === kind ? undefined : bytes);
  run();
  kernel.faults.pass = (bytes) => bytes;
}

async function counts(groupname: string) {
  const page = await fake?.scrape();
  const sum = (name: string, labels = {}) => page?.sum(name, { groupname, ...labels });
  return {
    ends: sum("taskstats_process_exits_total"),
    threads: sum("taskstats_thread_exits_total"),
    faults: sum("taskstats_page_faults_total", { kind: "minor" }),
    switches: sum("taskstats_context_switches_total", { kind: "voluntary" }),
    runNs: Math.round((sum("taskstats_cpu_run_seconds_total") ?? NaN) * 1e9),
  };
}

async function own(name: string): Promise<number | undefined> {
  return (await fake?.scrape())?.value(`taskstats_exporter_${name}`);
}

describe("with fork events", () => {
  test("each process of one thread exits once, whether a poll saw it or not", async () => {
    await start();
    const seen = kernel.fork({ comm: "one" });
    work(seen.tgid, 5);
    await fake?.scrape();
    runProcess("one", 7);
    kernel.endProcess(seen.tgid);
    expect(await counts("one")).toEqual({ ends: 2, threads: 2, faults: 12, switches: 4, runNs: 12_000 });
  });

  test("a thousand short threads of a process that no poll saw are its threads", async () => {
    await start();
    const { tgid } = kernel.fork({ comm: "crew" });
    work(tgid, 3);
    for (let index = 0; index < 1000; index++) {
      runThread(tgid, 2);
      if (index % 100 === 0) runProcess("other", 1);
    }
    kernel.endProcess(tgid, { status: 0x0100 });
    expect(await counts("crew")).toEqual({ ends: 1, threads: 1001, faults: 2003, switches: 2002, runNs: 2_003_000 });
    expect(await counts("other")).toEqual({ ends: 10, threads: 10, faults: 10, switches: 20, runNs: 10_000 });
    expect(await own("exit_records_unattributed_total")).toBe(0);
  });

  test("threads that start and exit between two polls are billed to their process, which lives on", async () => {
    await start();
    const { tgid } = kernel.fork({ comm: "crew" });
    for (let poll = 1; poll <= 3; poll++) {
      work(tgid, 1);
      for (let index = 0; index < 10; index++) runThread(tgid, 2);
      expect(await counts("crew")).toMatchObject({ ends: 0, threads: poll * 10, faults: poll * 21 });
    }
    kernel.endProcess(tgid);
    expect(await counts("crew")).toEqual({ ends: 1, threads: 31, faults: 63, switches: 66, runNs: 63_000 });
  });

  test("threads that are older than the exporter are known", async () => {
    let tgid = 0;
    let tid = 0;
    await start((early) => {
      tgid = early.fork({ comm: "crew" }).tgid;
      tid = early.startThread(tgid).tid;
    });
    kernel.endThread(tid);
    kernel.endThread(tgid);
    expect(await counts("crew")).toMatchObject({ ends: 1, threads: 2 });
    expect(await own("exit_records_unattributed_total")).toBe(0);
  });

  test("a process whose leader exits first exits with its last thread", async () => {
    await start();
    const { tgid } = kernel.fork({ comm: "crew" });
    work(tgid, 3);
    const thread = kernel.startThread(tgid);
    work(thread.tid, 4);
    kernel.endThread(tgid, 0);
    expect(await counts("crew")).toMatchObject({ ends: 0, threads: 1, faults: 7, switches: 4 });
    work(thread.tid, 5);
    kernel.endThread(thread.tid);
    expect(await counts("crew")).toEqual({ ends: 1, threads: 2, faults: 12, switches: 6, runNs: 12_000 });
  });

  test("a process that no poll saw, and whose leader exits first, exits with its last thread", async () => {
    await start();
    const { tgid } = kernel.fork({ comm: "crew" });
    const thread = kernel.startThread(tgid);
    for (const id of [tgid, thread.tid]) work(id, 4);
    kernel.endProcess(tgid, { leaderFirst: true });
    expect(await counts("crew")).toEqual({ ends: 1, threads: 2, faults: 8, switches: 4, runNs: 8000 });
  });

  test("a thread that starts just before its leader exits is known in time", async () => {
    await start();
    const { tgid } = kernel.fork({ comm: "crew" });
    await fake?.scrape();
    const thread = kernel.startThread(tgid);
    kernel.endThread(tgid);
    kernel.endThread(thread.tid);
    expect(await counts("crew")).toMatchObject({ ends: 1, threads: 2 });
  });

  test.each([
    { known: "polls saw", polled: true },
    { known: "no poll saw", polled: false },
  ])("a process that $known is one process after an exec by a thread that is not its leader", async ({ polled }) => {
    await start();
    const { tgid } = kernel.fork({ comm: "old" });
    const heir = kernel.startThread(tgid).tid;
    const sibling = kernel.startThread(tgid).tid;
    for (const id of [tgid, heir, sibling]) work(id, 1);
    if (polled) await fake?.scrape();
    kernel.exec(heir, { comm: "new" });
    work(tgid, 5);
    runThread(tgid, 7);
    kernel.endProcess(tgid);
    // The old id of the thread that exec'd is free, and sent no record.
    const reused = kernel.fork({ tgid: heir, comm: "reused" });
    kernel.endProcess(reused.tgid);
    const [old, now] = [await counts("old"), await counts("new")];
    expect([(old.ends ?? 0) + (now.ends ?? 0), (old.threads ?? 0) + (now.threads ?? 0)]).toEqual([1, 4]);
    expect((old.faults ?? 0) + (now.faults ?? 0)).toBe(15);
    expect(await counts("reused")).toMatchObject({ ends: 1, threads: 1 });
    expect(await own("exit_records_unattributed_total")).toBe(0);
  });

  test("a thread's record that comes after the last one of its process is billed to the process", async () => {
    await start();
    const { tgid } = kernel.fork({ comm: "crew" });
    const { tid } = kernel.startThread(tgid);
    for (const id of [tgid, tid]) work(id, 3);
    const late: Uint8Array[] = [];
    kernel.faults.pass = (bytes) => void late.push(bytes);
    kernel.endThread(tid);
    kernel.faults.pass = (bytes) => bytes;
    kernel.endThread(tgid);
    for (const bytes of late) kernel.sockets.at(-1)?.deliver({ bytes, cost: 1280, drops: 1 });
    expect(await counts("crew")).toEqual({ ends: 1, threads: 2, faults: 6, switches: 4, runNs: 6000 });
    expect(await own("exit_records_unattributed_total")).toBe(0);
  });

  test("the exit code is that of the leader, since no other record has it", async () => {
    await start();
    const { tgid } = kernel.fork({ comm: "crew" });
    work(kernel.startThread(tgid).tid, 1);
    kernel.endProcess(tgid, { status: 0x0500, leaderFirst: true });
    const page = await fake?.scrape();
    expect(page?.sum("taskstats_process_exits_total", { groupname: "crew", code: "5" })).toBe(1);
  });

  test("fork events are not followed where records name their process", async () => {
    const modern = createFakeKernel({ structVersion: 16 });
    fake = await startFakeExporter(modern);
    expect(modern.sockets).toHaveLength(2);
    const { names } = await fake.scrape();
    expect(names).not.toContain("taskstats_exporter_fork_events_lost_total");
    expect(names).not.toContain("taskstats_exporter_exit_records_unattributed_total");
  });
});

describe("after fork events were lost", () => {
  test("live tasks are known from /proc", async () => {
    await start();
    let tgid = 0;
    let single = 0;
    losing("process event", () => {
      tgid = kernel.fork({ comm: "crew" }).tgid;
      for (let index = 0; index < 3; index++) kernel.startThread(tgid);
      single = kernel.fork({ comm: "single" }).tgid;
    });
    // The loss shows with the next event.
    kernel.fork({ comm: "next" });
    await fake?.scrape();
    kernel.endProcess(tgid, { leaderFirst: true });
    kernel.endProcess(single);
    expect(await counts("crew")).toMatchObject({ ends: 1, threads: 4 });
    expect(await counts("single")).toMatchObject({ ends: 1, threads: 1 });
    expect(await own("fork_events_lost_total")).toBe(5);
    expect(await own("exit_records_unattributed_total")).toBe(0);
  });

  test("the record of an unknown task is counted and billed to the group unidentified, and is no exit of a process", async () => {
    await start();
    losing("process event", () => runProcess("short", 9));
    const { tgid } = kernel.fork({ comm: "next" });
    expect(await counts("unidentified")).toEqual({ ends: 0, threads: 1, faults: 9, switches: 2, runNs: 0 });
    kernel.endProcess(tgid);
    expect(await counts("short")).toMatchObject({ ends: 0, threads: 0 });
    expect(await counts("next")).toMatchObject({ ends: 1, threads: 1 });
    expect(await own("exit_records_unattributed_total")).toBe(1);
    expect(await own("fork_events_lost_total")).toBe(1);
  });

  test("the last record of a process names the process, whatever was lost before", async () => {
    await start();
    losing("process event", () => {
      const { tgid } = kernel.fork({ comm: "crew" });
      work(kernel.startThread(tgid).tid, 4);
      kernel.endProcess(tgid);
    });
    expect(await counts("crew")).toMatchObject({ ends: 1, threads: 1 });
    expect(await counts("unidentified")).toMatchObject({ ends: 0, threads: 1, faults: 4 });
  });

  test("a leader that may have had a thread is not taken for its process, which exits with the record that has its sums", async () => {
    await start();
    const { tgid } = kernel.fork({ comm: "crew" });
    losing("process event", () => kernel.startThread(tgid));
    kernel.fork({ comm: "next" });
    kernel.endProcess(tgid, { leaderFirst: true });
    // Only a leader's record has the command of its process.
    expect(await counts("unidentified")).toMatchObject({ ends: 1, threads: 2 });
    expect(await counts("crew")).toMatchObject({ ends: 0, threads: 0 });
    expect(await own("exit_records_unattributed_total")).toBe(1);
  });

  test("events that a far too small buffer drops are counted exactly", async () => {
    await start(undefined, 8192);
    const { tgid } = kernel.fork({ comm: "crew" });
    for (let index = 0; index < 60; index++) kernel.startThread(tgid);
    await fake?.scrape();
    // The buffer is twice what was asked for, and an event takes 768 bytes of it: 21 fit.
    expect(await own("fork_events_lost_total")).toBe(61 - 21);
    kernel.endThread([...(kernel.processes.get(tgid)?.threads.keys() ?? [])].at(-1) ?? 0);
    expect(await counts("crew")).toMatchObject({ ends: 0, threads: 1 });
  });
});

describe("where fork events do not arrive", () => {
  test.each(["elsewhere", "nowhere"] as const)("the log names the consequence (connector %s)", async (assignment) => {
    await start((early) => (early.faults.connector = assignment));
    const warning = "no fork events: threads that begin and end between two polls are counted as processes";
    expect(fake?.log.filter((line) => line.startsWith(warning))).toHaveLength(1);
    expect((await fake?.scrape())?.names).not.toContain("taskstats_exporter_fork_events_lost_total");
    expect(await own("exit_listener_up")).toBe(1);
  });

  test("processes of one thread, and threads that polls saw, are exact all the same", async () => {
    await start((early) => (early.faults.connector = "nowhere"));
    const { tgid } = kernel.fork({ comm: "crew" });
    const { tid } = kernel.startThread(tgid);
    for (const id of [tgid, tid]) work(id, 2);
    await fake?.scrape();
    runProcess("one", 7);
    kernel.endThread(tid);
    kernel.endThread(tgid);
    expect(await counts("crew")).toEqual({ ends: 1, threads: 2, faults: 4, switches: 4, runNs: 4000 });
    expect(await counts("one")).toEqual({ ends: 1, threads: 1, faults: 7, switches: 2, runNs: 7000 });
  });

  test("the exit of a leader whose threads live on is no exit of its process", async () => {
    await start((early) => (early.faults.connector = "nowhere"));
    const { tgid } = kernel.fork({ comm: "crew" });
    const { tid } = kernel.startThread(tgid);
    kernel.endThread(tgid);
    expect(await counts("crew")).toMatchObject({ ends: 0, threads: 1 });
    kernel.endThread(tid);
    expect(await counts("crew")).toMatchObject({ ends: 1, threads: 2 });
  });
});
