/** What is billed of single threads, from the record to the page: CPU time at their exits, and waits when a row gets another thread. */

import { afterEach, describe, expect, test } from "@jest/globals";
import { createFakeKernel, type FakeKernelOptions } from "../support/fake-kernel.ts";
import { startFakeExporter, type FakeExporter, type FakeExporterOptions } from "../support/fake-exporter.ts";
import type { ScrapedPage } from "../support/page.ts";

const uncertain = "taskstats_exporter_cpu_run_uncertain_seconds_total";
const runOf = (page: ScrapedPage): number | undefined =>
  page.value("taskstats_cpu_run_seconds_total", { groupname: "job" });
const observedOf = (page: ScrapedPage): number | undefined =>
  page.value("taskstats_process_cpu_seconds_sum", { groupname: "job" });

describe("the CPU time that a thread's last record lacks", () => {
  let fake: FakeExporter | undefined;
  afterEach(() => {
    fake?.stop();
    fake = undefined;
  });

  async function start(kernelOptions: FakeKernelOptions = {}, options: FakeExporterOptions = {}) {
    const kernel = createFakeKernel(kernelOptions);
    fake = await startFakeExporter(kernel, options);
    return { kernel, scrape: fake.scrape };
  }

  /** The thread has waited for a CPU for 0.2 ms, and the kernel's sum of its run time is 0.1 ms. */
  const brief = { cpu_count: 1, cpu_run_virtual_total: 100_000, cpu_delay_total: 200_000 };

  test.each([16, 15, 12, 10, 5, 4])(
    "is the age less the waits where the thread never slept (struct version %i)",
    async (structVersion) => {
      const { kernel, scrape } = await start({ structVersion });
      const { tgid } = kernel.fork({ comm: "job", figures: brief });
      kernel.advance(1500);
      kernel.endProcess(tgid);
      const page = await scrape();
      expect(runOf(page)).toBe(0.0013);
      expect(observedOf(page)).toBe(0.0013);
      expect(page.value(uncertain)).toBe(0);
    },
  );

  test("is billed once where polls have billed the process before", async () => {
    const { kernel, scrape } = await start();
    const { tgid } = kernel.fork({ comm: "job", figures: brief });
    kernel.advance(1000);
    expect(runOf(await scrape())).toBe(0.0001);
    kernel.advance(500);
    kernel.endProcess(tgid);
    expect(runOf(await scrape())).toBe(0.0013);
  });

  test.each([true, false])(
    "is billed for each thread in addition to the process's sums (sums that keep exited threads: %s)",
    async (deadThreadsKept) => {
      const { kernel, scrape } = await start({
        structVersion: 13,
        deadThreadsKept,
        groupVersionZero: !deadThreadsKept,
      });
      const { tgid } = kernel.fork({ comm: "job", figures: brief });
      const { tid } = kernel.startThread(tgid, { figures: brief });
      kernel.advance(1500);
      kernel.endThread(tid);
      kernel.advance(500);
      kernel.endProcess(tgid);
      const page = await scrape();
      expect(runOf(page)).toBeCloseTo(0.0013 + 0.0018, 9);
      expect(observedOf(page)).toBeCloseTo(0.0013 + 0.0018, 9);
    },
  );

  test("is known to a tick where the thread slept, and the page shows the distance of the bounds", async () => {
    const { kernel, scrape } = await start();
    const { tgid } = kernel.fork({ comm: "job", figures: { ...brief, cpu_count: 2, nvcsw: 1, ac_utime: 8000 } });
    kernel.advance(60_000);
    kernel.endProcess(tgid);
    const page = await scrape();
    expect(runOf(page)).toBe(0.0041);
    expect(page.value(uncertain)).toBe(0.004);
  });

  test("is not billed for a thread that is older than the exporter and was never polled", async () => {
    const kernel = createFakeKernel();
    const { tgid } = kernel.fork({ comm: "job", figures: brief });
    kernel.advance(5000);
    fake = await startFakeExporter(kernel);
    const former = runOf(await fake.scrape());
    kernel.startThread(tgid, { figures: { ...brief, ac_etime: 9e9 } });
    kernel.endProcess(tgid, { leaderFirst: true });
    const page = await fake.scrape();
    expect(page.value("taskstats_exporter_exit_records_without_baseline_total")).toBe(1);
    // A tick of the leader, which was polled; the thread's sum is in that of the process.
    expect(former).toBe(0);
    expect(runOf(page)).toBeCloseTo(0.0001 + 0.004, 9);
  });

  test("has no series where exit events do not arrive", async () => {
    const { scrape } = await start({}, { exitsEnabled: false });
    expect((await scrape()).value(uncertain)).toBeUndefined();
  });
});

test("after a lost record, true waits are shown where a thread that exec'd got the row of a thread with a false wait", async () => {
  const kernel = createFakeKernel();
  const figures = { cpu_count: 1, cpu_run_virtual_total: 1000 };
  const { tgid } = kernel.fork({ comm: "job", figures });
  const [ended, heir] = [kernel.startThread(tgid, { figures }).tid, kernel.startThread(tgid, { figures }).tid];
  kernel.advance(1e6);
  const fake = await startFakeExporter(kernel);
  try {
    const uptimeNs = 9e15;
    kernel.add(heir, figures);
    kernel.add(ended, { ...figures, blkio_count: 1, blkio_delay_total: uptimeNs });
    kernel.thread(ended).figures.blkio_delay_max = uptimeNs;
    await fake.scrape();
    kernel.faults.pass = (datagram, kind) => (kind === "event" ? undefined : datagram);
    kernel.endThread(ended);
    kernel.faults.pass = (datagram) => datagram;
    kernel.exec(heir, { comm: "job" });
    kernel.add(tgid, { ...figures, blkio_count: 2, blkio_delay_total: 3e6 });
    const page = await fake.scrape();
    const labels = { groupname: "job", kind: "blkio" };
    expect(page.value("taskstats_delays_total", labels)).toBe(2);
    expect(page.value("taskstats_delay_seconds_total", labels)).toBe(0.003);
  } finally {
    fake.stop();
  }
});
