/** Records of kernels before 5.19, which name no process. */

import { afterEach, describe, expect, test } from "@jest/globals";
import { createFakeKernel, type FakeKernel } from "../support/fake-kernel.ts";
import { startFakeExporter, type FakeExporter } from "../support/fake-exporter.ts";

describe("a kernel like 5.10", () => {
  let fake: FakeExporter | undefined;
  afterEach(() => fake?.stop());

  async function start(): Promise<FakeKernel> {
    const kernel = createFakeKernel({ structVersion: 10, deadThreadsKept: false, groupVersionZero: true });
    kernel.advance(1_000_000);
    fake = await startFakeExporter(kernel);
    kernel.advance(1_000_000);
    return kernel;
  }

  const work = (kernel: FakeKernel, tid: number, amount: number): void =>
    kernel.add(tid, { ac_minflt: amount, cpu_count: 1, cpu_run_virtual_total: amount * 1000, nvcsw: 2 });

  async function counts(groupname: string) {
    const page = await fake?.scrape();
    const sum = (name: string, labels = {}) => page?.sum(name, { groupname, ...labels });
    return {
      ends: sum("taskstats_process_exits_total"),
      threads: sum("taskstats_thread_exits_total"),
      faults: sum("taskstats_page_faults_total", { kind: "minor" }),
      switches: sum("taskstats_context_switches_total", { kind: "voluntary" }),
    };
  }

  test("ends each process of one thread once, unseen or not", async () => {
    const kernel = await start();
    const seen = kernel.fork({ comm: "one" });
    work(kernel, seen.tgid, 5);
    await fake?.scrape();
    const unseen = kernel.fork({ comm: "one" });
    work(kernel, unseen.tgid, 7);
    kernel.endProcess(unseen.tgid);
    kernel.endProcess(seen.tgid);
    expect(await counts("one")).toEqual({ ends: 2, threads: 2, faults: 12, switches: 4 });
  });

  test("gives the threads of an unseen process to it, as its last sums account for them", async () => {
    const kernel = await start();
    const crew = kernel.fork({ comm: "crew" });
    work(kernel, crew.tgid, 3);
    for (const amount of [10, 20, 30]) work(kernel, kernel.startThread(crew.tgid).tid, amount);
    const other = kernel.fork({ comm: "other" });
    work(kernel, other.tgid, 1);
    kernel.endProcess(other.tgid);
    kernel.endProcess(crew.tgid, { status: 0x0100 });
    expect(await counts("crew")).toEqual({ ends: 1, threads: 4, faults: 63, switches: 8 });
    expect(await counts("other")).toEqual({ ends: 1, threads: 1, faults: 1, switches: 2 });
  });

  test("does not end a process whose leader ends first", async () => {
    const kernel = await start();
    const crew = kernel.fork({ comm: "crew" });
    work(kernel, crew.tgid, 3);
    const thread = kernel.startThread(crew.tgid);
    work(kernel, thread.tid, 4);
    kernel.endThread(crew.tgid, 0);
    expect(await counts("crew")).toEqual({ ends: 0, threads: 1, faults: 7, switches: 4 });
    work(kernel, thread.tid, 5);
    kernel.endThread(thread.tid);
    expect(await counts("crew")).toEqual({ ends: 1, threads: 2, faults: 12, switches: 6 });
  });

  test("takes the exit code from the leader, whose record alone has it", async () => {
    const kernel = await start();
    const crew = kernel.fork({ comm: "crew" });
    work(kernel, kernel.startThread(crew.tgid).tid, 1);
    kernel.endProcess(crew.tgid, { status: 0x0500, leaderFirst: true });
    const page = await fake?.scrape();
    expect(page?.sum("taskstats_process_exits_total", { groupname: "crew", code: "5" })).toBe(1);
  });
});
