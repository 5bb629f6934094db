/**
 * Delays for a CPU, a disk and copies of pages on the real kernel: workloads that wait, the built program's page, and
 * the kernel's own figures read beside it. Those for memory are in delays-memory.test.ts.
 *
 * Where a task is put to sleep late (delayed dequeue, Linux 6.12 and later), its wait for I/O counts from an older one or
 * from the boot. Such figures are not compared here: false-waits.test.ts is about them.
 */

import { expect, test } from "@jest/globals";
import { existsSync, readFileSync } from "node:fs";
import { release } from "node:os";
import { gunzipSync } from "node:zlib";
import { useDelayacct } from "../support/delayacct.ts";
import { describeKernel } from "../support/real-kernel.ts";
import { diskFolder } from "../support/run-folders.ts";
import { expectShown, shownDelay, useStage } from "../support/stage.ts";

const disk = diskFolder();

describeKernel("delays, against the kernel's own figures", () => {
  useDelayacct("1");
  const start = useStage();

  /** Time on a CPU, time waiting for one, and how often it got one. */
  const schedstat = (pid: number): number[] =>
    readFileSync(`/proc/${pid}/schedstat`, "utf8").trim().split(" ").map(Number);

  test("shows the CPU delay of a process that shares its CPU, equal to schedstat's to the nanosecond", async () => {
    const { pid, groupname, ask, scrape } = await start("spin", "100");
    const threads = ask();
    const page = await scrape();
    const [run = NaN, wait = NaN, count = NaN] = schedstat(pid);
    expectShown(page, groupname, threads);
    expect(shownDelay(page, groupname, "cpu")).toMatchObject({ count, total: wait });
    expect(Math.round(page.sum("taskstats_cpu_run_seconds_total", { groupname }) * 1e9)).toBe(run);
    // It waited about as long as it ran, or longer if other processes want this CPU too.
    expect(wait / run).toBeGreaterThan(0.3);
  });

  test.each([
    ["has been seen alive", true],
    ["no scrape has seen alive", false],
  ])("shows the waiting for a CPU of a process that %s when it has ended", async (_title, alive) => {
    const { pid, groupname, scrape, end } = await start("spin", "50");
    const [, waitBefore = NaN] = schedstat(pid);
    if (alive) await scrape();
    const threads = await end();
    const page = await scrape();
    const [, waitAfter] = schedstat(pid);
    expect(page.sum("taskstats_process_exits_total", { groupname })).toBe(1);
    expect(page.sum("taskstats_processes", { groupname })).toBe(0);
    expectShown(page, groupname, threads);
    // The process may wait for a CPU once more after its record.
    expect(shownDelay(page, groupname, "cpu").total).toBeGreaterThanOrEqual(waitBefore);
    expect(shownDelay(page, groupname, "cpu").total).toBeLessThanOrEqual(waitAfter ?? NaN);
  });

  test("shows the reads of four threads past the page cache, as a sum and the longest", async () => {
    const { groupname, amount, ask, scrape } = await start("direct", "200", disk, "--threads", "4");
    const threads = ask();
    const page = await scrape();
    expect(threads).toHaveLength(4);
    expectShown(page, groupname, threads);
    // A read that the disk finishes before the thread sleeps does not count as a wait.
    expect(shownDelay(page, groupname, "blkio").count).toBeGreaterThan(amount / 4);
    expect(page.sum("taskstats_storage_read_bytes_total", { groupname })).toBeGreaterThanOrEqual(amount * 4096);
  });

  test.each([
    ["has been seen alive", true],
    ["no scrape has seen alive", false],
  ])("shows the disk's delays of four threads of a process that %s when it has ended", async (_title, alive) => {
    const { groupname, amount, scrape, end } = await start("direct", "200", disk, "--threads", "4");
    if (alive) await scrape();
    const threads = await end();
    const page = await scrape();
    expect(page.sum("taskstats_thread_exits_total", { groupname })).toBe(4);
    expectShown(page, groupname, threads);
    expect(shownDelay(page, groupname, "blkio").count).toBeGreaterThan(amount / 4);
  });

  test("shows one copy for each page that is written after a fork", async () => {
    const { groupname, amount, ask, scrape } = await start("copy", "5000");
    const threads = ask();
    const page = await scrape();
    expectShown(page, groupname, threads);
    const { count = NaN, total = NaN, max = NaN } = shownDelay(page, groupname, "wpcopy");
    expect(count).toBeGreaterThanOrEqual(amount);
    expect(count).toBeLessThan(amount + 100); // its stack and libc's pages
    expect(total).toBeGreaterThan(max);
  });

  test.each([
    ["has been seen alive", true],
    ["no scrape has seen alive", false],
  ])("shows the copies of a process that %s when it has ended", async (_title, alive) => {
    const { groupname, amount, scrape, end } = await start("copy", "5000");
    if (alive) await scrape();
    const threads = await end();
    const page = await scrape();
    expectShown(page, groupname, threads);
    expect(shownDelay(page, groupname, "wpcopy").count).toBeGreaterThanOrEqual(amount);
  });

  test("has no series of interrupts if the kernel does not account their time", async () => {
    const { groupname, scrape } = await start("copy", "1");
    const page = await scrape();
    const config = existsSync("/proc/config.gz")
      ? gunzipSync(readFileSync("/proc/config.gz")).toString()
      : readFileSync(`/boot/config-${release()}`, "utf8");
    const accounted = config.includes("\nCONFIG_IRQ_TIME_ACCOUNTING=y\n");
    const found = [...page.series.keys()].filter((series) => series.includes('kind="irq"'));
    expect(found.length > 0).toBe(accounted);
    expect(shownDelay(page, groupname, "irq").count === undefined).toBe(!accounted);
  });
});
