/**
 * Law 8 on the real kernel: beside spinning processes, the kernel reports block I/O waits that never happened. They are compared
 * with the waits that the threads measured with a clock.
 */

import { afterEach, expect, test } from "@jest/globals";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { release } from "node:os";
import { hasFalseWaits, schedFeaturesPath } from "../../src/collect/false-waits.ts";
import { useDelayacct } from "../support/delayacct.ts";
import type { ScrapedPage } from "../support/page.ts";
import { describeKernel } from "../support/real-kernel.ts";
import { startProgram, type Program } from "../support/program.ts";
import { shownDelay, useStage } from "../support/stage.ts";
import { buildWorkload } from "../support/workloads.ts";
import { execFileSync, spawn } from "../support/processes.ts";

/** A folder that is on a disk on every distribution. /tmp may be in memory. */
const disk = "/var/tmp";

/** What `rings` prints. */
interface Measured {
  readonly waits: number;
  readonly waited_us: number;
  readonly lived_us: number;
}

/** Runs rings on the first CPU, to which the spinners are bound, too. */
function runRings(comm: string, rounds: number): Measured {
  const command = [buildWorkload("rings"), String(rounds), "--comm", comm];
  return JSON.parse(execFileSync("taskset", ["-c", "0", ...command], { input: "", encoding: "utf8" })) as Measured;
}

const refused = (page: ScrapedPage): number =>
  page.value("taskstats_exporter_implausible_delays_total", { kind: "blkio" }) ?? NaN;

/** The sum of run time and of all waits that exclude each other, in seconds. */
function accountedFor(page: ScrapedPage, groupname: string): number {
  const waited = (kind: string): number => page.sum("taskstats_delay_seconds_total", { groupname, kind });
  return page.sum("taskstats_cpu_run_seconds_total", { groupname }) + waited("cpu") + waited("blkio");
}

describeKernel("waits for I/O beside spinning processes", () => {
  useDelayacct("1");
  const start = useStage();
  let program: Program | undefined;
  let spinners: ChildProcess | undefined;

  async function startSpinners(): Promise<void> {
    const child = (spinners = spawn(buildWorkload("busy"), ["3", "--comm", "spinners"], {
      stdio: ["pipe", "pipe", "inherit"],
    }));
    await once(child.stdout, "data");
  }

  afterEach(async () => {
    if (spinners?.exitCode === null && spinners.signalCode === null) {
      spinners.kill("SIGTERM");
      await once(spinners, "exit");
    }
    await program?.stop();
    program = spinners = undefined;
  });

  test("are never longer than their threads lived, and refused ones are counted", async () => {
    const features = existsSync(schedFeaturesPath) ? readFileSync(schedFeaturesPath, "utf8") : undefined;
    const affected = hasFalseWaits(release(), features);
    const { scrape } = (program = await startProgram(["--discovery.interval=1h"]));
    await startSpinners();
    // About a quarter of the threads has false waits. Which threads these are is not known.
    for (let run = 0; run < 5; run++) {
      const groupname = `rings${run}-${process.pid}`;
      const measured = runRings(groupname, 4);
      const page = await scrape();
      const { count = NaN, total = NaN, max = NaN } = shownDelay(page, groupname, "blkio");
      expect(total).toBeLessThanOrEqual(measured.waited_us * 1000);
      expect(accountedFor(page, groupname)).toBeLessThanOrEqual(measured.lived_us / 1e6);
      expect(count).toBeLessThanOrEqual(measured.waits);
      expect(max).toBeLessThanOrEqual(measured.lived_us * 1000);
      const sums = page.sum("taskstats_process_delay_seconds_sum", { groupname, kind: "blkio" });
      expect(sums).toBeLessThanOrEqual(measured.waited_us / 1e6);
      if (refused(page) > 0) break;
    }
    const page = await scrape();
    expect(refused(page) > 0).toBe(affected);
    if (!affected) return;
    const seconds = page.sum("taskstats_exporter_implausible_delay_seconds_total", { kind: "blkio" });
    expect(seconds).toBeGreaterThan(0);
  });

  test("for a disk are shown if they are true", async () => {
    await startSpinners();
    const begin = performance.now();
    const { groupname, amount, told, ask, scrape } = await start("direct", "300", disk, "--threads", "4");
    const threads = ask();
    const elapsedNs = (performance.now() - begin) * 1e6;
    const page = await scrape();
    const { count = NaN, total = NaN } = shownDelay(page, groupname, "blkio");
    expect(total).toBeLessThanOrEqual((told["waited_us"] ?? NaN) * 1000);
    expect(count).toBeLessThanOrEqual(amount);
    // The kernel's figures of threads without false waits. They must be on the page.
    const credible = threads.map(({ blkio }) => blkio?.total ?? NaN).filter((ns) => ns <= elapsedNs);
    expect(total).toBeGreaterThanOrEqual(0.9 * credible.reduce((sum, ns) => sum + ns, 0));
  });
});
