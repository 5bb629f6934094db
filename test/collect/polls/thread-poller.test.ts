/** Threads polled in slices: what may happen between two slices. */

import { expect, test } from "@jest/globals";
import { setImmediate as nextTurn } from "node:timers/promises";
import { createAccount } from "../../../src/account/account.ts";
import { createPlan } from "../../../src/account/plan.ts";
import { createRefusals } from "../../../src/account/refusals.ts";
import type { Ask } from "../../../src/collect/polls/ask.ts";
import { createBiller } from "../../../src/collect/biller.ts";
import { createProcess } from "../../../src/collect/groups/process.ts";
import { createThreadPoller } from "../../../src/collect/polls/thread-poller.ts";
import { slotOf } from "../../../src/fields/fields.ts";
import type { TaskStat } from "../../../src/procfs/parse.ts";
import type { ProcReader } from "../../../src/procfs/read.ts";
import type { Reception } from "../../../src/taskstats/decode.ts";
import { createRecord } from "../../../src/taskstats/record.ts";
import { createFakeKernel } from "../../support/fake-kernel.ts";
import { startFakeExporter } from "../../support/fake-exporter.ts";

const minflt = slotOf("ac_minflt");
const tgid = 10_000;
const faultsOfEach = 3;

/** A process whose threads have three page faults each; `onYield` happens between two slices. */
function createStage(threads: number, onYield: (count: number) => void = () => undefined) {
  const clock = { monotonicUs: () => 1_000_000, unixSeconds: () => 0 };
  const plan = createPlan({ deadThreadsKept: true });
  const biller = createBiller({ plan, clock, implausible: createRefusals(), tickNs: 4e6, isLossy: () => false });
  const account = createAccount([]);
  const process = createProcess(tgid, { labels: {}, ruleLabels: {}, account });
  /** Page faults of each thread that /proc shows and the kernel knows. */
  const faults = new Map(Array.from({ length: threads }, (_value, index) => [tgid + index, faultsOfEach]));
  /** Threads that have sent their exit event. */
  const ending = new Set<number>();
  /** Ids that belong to another process's thread. */
  const taken = new Set<number>();
  const slices: number[] = [];

  function answer(tid: number): Reception {
    const values = createRecord().fill(0);
    values[minflt] = faults.get(tid) ?? NaN;
    const thread = { present: true, version: 16, bytes: 560, id: tid, values };
    const owner = taken.has(tid) ? tgid - 1 : tgid;
    return {
      seq: 0,
      errno: undefined,
      thread,
      process: { ...thread, present: false },
      tgid: owner,
      readComm: () => "",
    };
  }

  const ask: Ask = (_kind, ids, visit) => {
    slices.push(ids.length);
    ids.forEach((tid, index) => visit(index, answer(tid)));
  };
  const stat: TaskStat = {
    ...{
      comm: "crew",
      state: "S",
      ppid: 1,
      exiting: false,
      kernelThread: false,
      forkOnly: false,
      threads,
      startTicks: 0,
    },
  };
  const proc = {
    listThreads: () => [...faults.keys()],
    readStat: () => stat,
    readThreadStat: (_tgid: number, tid: number) => ({ ...stat, exiting: ending.has(tid) }),
  } as Partial<ProcReader> as ProcReader; // The poller asks for no more.

  let yields = 0;
  const yieldToEventLoop = (): Promise<void> => {
    onYield(++yields);
    return Promise.resolve();
  };
  const poller = createThreadPoller({
    ask,
    biller,
    proc,
    exitsUp: () => true,
    drainExits: () => undefined,
    yieldToEventLoop,
  });
  biller.begin();
  return {
    ...{ process, biller, faults, taken, slices },
    poll: () => poller.poll([process]),
    /** Polls each thread at a moment when it had one page fault. */
    pollBefore(): void {
      for (const tid of faults.keys()) {
        const values = createRecord().fill(0);
        values[minflt] = 1;
        biller.billThread(process, { tid, values, readComm: () => "" }, true);
      }
    },
    /** Bills the exit event of a thread. */
    end(tid: number): void {
      ending.add(tid);
      biller.settleThread(process, { tid, values: answer(tid).thread.values, readComm: () => "" });
    },
    yields: () => yields,
    billed: () => account.exact[minflt],
  };
}

test("5,000 threads are polled in ten slices of at most 512 threads", async () => {
  const stage = createStage(5000);
  await stage.poll();
  expect(stage.billed()).toBe(5000 * faultsOfEach);
  expect(stage.yields()).toBe(9);
  expect(Math.max(...stage.slices)).toBe(512);
  expect(stage.slices).toHaveLength(10);
});

test.each([
  { known: "were polled before", polledBefore: true },
  { known: "are new", polledBefore: false },
])("threads that exit between two slices are billed once where they $known", async ({ polledBefore }) => {
  const stage = createStage(2000, (yieldIndex) => {
    // The first was asked for in the first slice, the other would be in the last.
    if (yieldIndex === 1) [tgid + 1, tgid + 1999].forEach(stage.end);
  });
  if (polledBefore) stage.pollBefore();
  await stage.poll();
  expect(stage.billed()).toBe(2000 * faultsOfEach);
  expect(stage.biller.rows.threads).toBe(1998);
});

test("a process that exits between two slices is neither asked for nor billed any more", async () => {
  const stage = createStage(5000, (yieldIndex) => {
    if (yieldIndex !== 3) return;
    for (const tid of stage.faults.keys()) stage.end(tid);
    stage.biller.close(stage.process);
    stage.process.ended = true;
  });
  await stage.poll();
  expect(stage.billed()).toBe(5000 * faultsOfEach);
  expect(stage.slices.reduce((sum, asked) => sum + asked, 0)).toBe(3 * 512);
  expect(stage.biller.rows.threads).toBe(0);
});

test("figures of an id that another process got between two slices are not billed to the first process", async () => {
  const stage = createStage(1000, () => {
    stage.faults.set(tgid + 999, 1_000_000);
    stage.taken.add(tgid + 999);
  });
  stage.pollBefore();
  await stage.poll();
  expect(stage.billed()).toBe(999 * faultsOfEach + 1);
});

test("a process of 5,000 threads on a fake kernel is billed exactly while threads exit between two slices", async () => {
  const kernel = createFakeKernel();
  const figures = { cpu_count: 1, cpu_run_virtual_total: 1000 };
  const crew = kernel.fork({ comm: "crew", figures });
  for (let count = 1; count < 5000; count++) kernel.startThread(crew.tgid, { figures });
  kernel.advance(1_000_000);
  const fake = await startFakeExporter(kernel);
  try {
    const tids = [...crew.threads.keys()];
    for (const tid of tids) kernel.add(tid, { ...figures, ac_minflt: faultsOfEach });
    const ends = [tids[1], tids[2500], tids[4999]].filter((tid) => tid !== undefined);
    const page = fake.scrape();
    for (const tid of ends) {
      await nextTurn();
      kernel.endThread(tid);
    }
    await page;
    const after = await fake.scrape();
    const group = { groupname: "crew" };
    expect(after.sum("taskstats_page_faults_total", { ...group, kind: "minor" })).toBe(5000 * faultsOfEach);
    expect(after.sum("taskstats_threads", group)).toBe(4997);
    expect(after.sum("taskstats_thread_exits_total", group)).toBe(3);
  } finally {
    fake.stop();
  }
});
