/**
 * Delays for memory on the real kernel: a workload in a memory cgroup that is too small for it, the built program's
 * page, and the kernel's own figures read beside it.
 *
 * Delays by compaction are not produced. A task compacts memory only when no free block has the size that it asks for,
 * so that nearly all memory of the machine would have to be filled: on one with 4 GiB free in blocks of 4 MiB, 549 huge
 * pages were had without a single compact_stall in /proc/vmstat. A cgroup's limit does not make it so, and
 * /proc/sys/vm/compact_memory is not accounted. What is compared below is that the kind has a series and shows the
 * kernel's figure for it, 0.
 */

import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { existsSync, mkdirSync, mkdtempSync, rmSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { useDelayacct } from "../support/delayacct.ts";
import { execFileSync } from "../support/processes.ts";
import { describeKernel } from "../support/real-kernel.ts";
import { diskFolder } from "../support/run-folders.ts";
import { expectShown, shownDelay, useStage } from "../support/stage.ts";
import { undoAtDeath } from "../support/undo.ts";

const mebibyte = 1 << 20;

/** The memory controller's hierarchy: cgroup v1 if that has the controller, else v2. */
const hierarchy = existsSync("/sys/fs/cgroup/memory")
  ? { root: "/sys/fs/cgroup/memory", limit: "memory.limit_in_bytes" }
  : { root: "/sys/fs/cgroup", limit: "memory.max" };
const cgroup = join(hierarchy.root, `taskstats-delays-${process.pid}`);

/** Call it within a `describe`: makes a memory cgroup with this limit. */
function useCgroup(bytes: number): void {
  let done = (): void => undefined;
  beforeAll(() => {
    done = undoAtDeath(["rmdir", cgroup]);
    mkdirSync(cgroup);
    writeFileSync(join(cgroup, hierarchy.limit), String(bytes));
  });
  afterAll(async () => {
    // The cgroup is still busy for a moment after its last task was reaped.
    for (let tries = 0; tries < 200 && existsSync(cgroup); tries++) {
      try {
        rmdirSync(cgroup);
      } catch {
        await setTimeout(10);
      }
    }
    expect(existsSync(cgroup)).toBe(false);
    done();
  });
}

/** Call it within a `describe`: adds swap space of this size in a file. */
function useSwap(bytes: number): void {
  const run = (command: string, ...args: string[]): unknown => execFileSync(command, args, { stdio: "pipe" });
  let folder = "";
  let used = false;
  beforeAll(() => {
    folder = mkdtempSync(join(diskFolder(), "taskstats-swap-"));
    const file = join(folder, "swap");
    writeFileSync(file, Buffer.alloc(bytes), { mode: 0o600, flush: true });
    run("mkswap", file);
    run("swapon", file);
    used = true;
  });
  afterAll(() => {
    if (used) run("swapoff", join(folder, "swap"));
    rmSync(folder, { recursive: true, force: true });
  });
}

describeKernel(
  "delays for memory, against the kernel's own figures",
  () => {
    useDelayacct("1");
    useCgroup(16 * mebibyte);
    useSwap(64 * mebibyte);
    const start = useStage();

    test("shows direct reclaim and thrashing of a process that reads a file that its cgroup cannot hold", async () => {
      const { groupname, amount, ask, scrape, end } = await start("press", "file", "24", "8", "--cgroup", cgroup);
      const alive = ask();
      const before = await scrape();
      expectShown(before, groupname, alive);
      expect(shownDelay(before, groupname, "freepages").count).toBeGreaterThan(10);
      expect(shownDelay(before, groupname, "thrashing").count).toBeGreaterThan(10);
      expect(shownDelay(before, groupname, "blkio").count).toBeGreaterThan(amount / 4);
      expectShown(await scrape(), groupname, alive);
      const ended = await end();
      expectShown(await scrape(), groupname, ended);
    });

    test("shows a page swapped in for each page of a process that its cgroup cannot hold", async () => {
      const { groupname, amount, ask, scrape, end } = await start("press", "anonymous", "32", "2", "--cgroup", cgroup);
      const alive = ask();
      const before = await scrape();
      expectShown(before, groupname, alive);
      const { count = NaN, total = NaN, max = NaN } = shownDelay(before, groupname, "swapin");
      expect(count).toBeGreaterThan(amount / 2);
      expect(total).toBeGreaterThan(max);
      expect(shownDelay(before, groupname, "freepages").count).toBeGreaterThan(10);
      const ended = await end();
      expectShown(await scrape(), groupname, ended);
    });

    test("shows the memory delays of a process that no scrape has seen alive", async () => {
      const { groupname, scrape, end } = await start("press", "anonymous", "32", "2", "--cgroup", cgroup);
      const ended = await end();
      const page = await scrape();
      expectShown(page, groupname, ended);
      expect(page.sum("taskstats_process_exits_total", { groupname })).toBe(1);
      expect(shownDelay(page, groupname, "swapin").count).toBeGreaterThan(0);
      expect(shownDelay(page, groupname, "freepages").count).toBeGreaterThan(0);
    });
  },
  { needs: ["cc", "mkswap"] },
);
