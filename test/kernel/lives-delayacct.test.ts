/** Delay accounting that is turned on while the exporter and others run. */

import { afterEach, expect, test } from "@jest/globals";
import { writeFileSync } from "node:fs";
import { useDelayacct } from "../support/delayacct.ts";
import { endLives, type Life, own, startLife } from "../support/life.ts";
import type { ScrapedPage } from "../support/page.ts";
import { startProgram, type Program } from "../support/program.ts";
import { describeKernel } from "../support/real-kernel.ts";

const wpcopies = (page: ScrapedPage, groupname: string): number =>
  page.sum("taskstats_delays_total", { groupname, kind: "wpcopy" });

const without = (page: ScrapedPage): number => page.value("taskstats_exporter_processes_without_delayacct") ?? NaN;

describeKernel("delay accounting that is turned on later", () => {
  // Put back to what it was when the test has ended.
  useDelayacct("0");
  let program: Program | undefined;
  afterEach(async () => {
    await endLives();
    await program?.stop();
    program = undefined;
  });

  test("gives delays to processes that start later, and counts those that started before", async () => {
    const older = await Promise.all([1, 2, 3].map(() => startLife(own("without"))));
    program = await startProgram();
    const { scrape } = program;
    const younger = await Promise.all([1, 2].map(() => startLife(own("without"))));
    const off = await scrape();
    expect(without(off)).toBe(off.sum("taskstats_processes"));
    writeFileSync("/proc/sys/kernel/task_delayacct", "1");
    // A scrape reads the switch. Processes that start after it has been turned on are accounted.
    const on = without(await scrape());
    const accounted = await Promise.all([1, 2, 3, 4].map(() => startLife(own("with"))));
    for (const life of [...older, ...younger, ...accounted]) await life.tell("touch 100");
    const page = await scrape();
    expect(page.value("taskstats_exporter_delayacct_enabled")).toBe(1);
    expect(wpcopies(page, own("with"))).toBeGreaterThan(0);
    expect(wpcopies(page, own("without"))).toBe(0);
    // Other processes without accounting may exit meanwhile, and no new ones can appear.
    expect(without(page)).toBeLessThanOrEqual(on);
    expect(without(page)).toBeGreaterThanOrEqual(older.length + younger.length);
    await Promise.all(older.map((life) => life.end()));
    const fewer = without(await scrape());
    expect(fewer).toBeLessThanOrEqual(without(page) - older.length);
    expect(fewer).toBeGreaterThanOrEqual(younger.length);
    // Children of a process that is not accounted are accounted.
    const parent = younger[0] as Life;
    await parent.tell("fork");
    await parent.tell(`name ${own("child")}`);
    expect(wpcopies(await scrape(), own("child"))).toBeGreaterThan(0);
  });
});
