/** Processes that exec other programs, and move between groups by rules on their arguments, on the real kernel. */

import { afterEach, expect, test } from "@jest/globals";
import type { RuleSpec } from "../../src/classify/rule.ts";
import { useConfigFile } from "../support/config-file.ts";
import { createFalls } from "../support/falls.ts";
import { endLives, own, readFigures, startLife, withLinks } from "../support/life.ts";
import type { ScrapedPage } from "../support/page.ts";
import { startProgram, type Program } from "../support/program.ts";
import { describeKernel } from "../support/real-kernel.ts";

const exits = (page: ScrapedPage, groupname: string): number =>
  page.sum("taskstats_process_exits_total", { groupname });
const minflt = (page: ScrapedPage, groupname: string): number =>
  page.sum("taskstats_page_faults_total", { groupname, kind: "minor" });
const live = (page: ScrapedPage, groupname: string): number => page.sum("taskstats_processes", { groupname });
const cpuSeconds = (page: ScrapedPage, groupname: string): number =>
  page.sum("taskstats_cpu_run_seconds_total", { groupname });

/** Matches all other processes of this machine by their user, which exit records hold, so that none of them is unidentified. */
const elsewhere: RuleSpec = { name: "elsewhere", user: ["."] };

describeKernel("a process that becomes another program under rules on its arguments", () => {
  const config = useConfigFile();
  let program: Program | undefined;
  afterEach(async () => {
    await endLives();
    await program?.stop();
    program = undefined;
  });

  /** Compares the process's own clock with the kernel's figure, within 10 %. */
  function expectCpu(actual: number, seconds: number): void {
    expect(Math.abs(actual - seconds)).toBeLessThan(0.1 * seconds);
  }

  test.each([
    { what: "another file", first: own("first"), second: own("second") },
    { what: "the same file with other arguments", first: own("same"), second: own("same") },
  ])("is billed to its new group from its exec of $what on, without a poll in between", async ({ first, second }) => {
    const flag = config.write({
      process_names: [
        { name: "first", comm: [first], cmdline: [`/${first} --resume one$`] },
        { name: "second", comm: [second], cmdline: [`/${second} --resume two$`] },
        elsewhere,
      ],
    });
    const { scrape } = (program = await startProgram([flag, "--discovery.interval=1h"]));
    await withLinks([...new Set([first, second])], async (path) => {
      const life = await startLife(own("begins"));
      await life.tell(`exec ${path(first)} one`);
      expect(live(await scrape(), "first")).toBe(1);
      await life.tell("burn 1500");
      await life.tell("touch 2000");
      const past = readFigures(life.pid)?.minflt ?? NaN;
      await life.tell(`exec ${path(second)} two`);
      await life.tell("burn 1000");
      const page = await scrape();
      expect([live(page, "first"), live(page, "second")]).toEqual([0, 1]);
      expectCpu(cpuSeconds(page, "first"), 1.5);
      expectCpu(cpuSeconds(page, "second"), 1);
      expect(minflt(page, "first") + minflt(page, "second")).toBeLessThanOrEqual(readFigures(life.pid)?.minflt ?? NaN);
      expect(minflt(page, "second")).toBeLessThan(past);
      await life.end("exit 3");
      expect(exits(await scrape(), "second")).toBe(1);
    });
  });

  test("lets no counter of a group fall while it moves between groups", async () => {
    const flag = config.write({
      process_names: [
        { name: "to", comm: [own("swings")], cmdline: ["--resume to$"] },
        { name: "fro", comm: [own("swings")], cmdline: ["--resume fro$"] },
        elsewhere,
      ],
    });
    const { scrape } = (program = await startProgram([flag]));
    const falls = createFalls();
    let page: ScrapedPage | undefined;
    await withLinks([own("swings")], async (path) => {
      const life = await startLife(own("begins"));
      await life.tell(`exec ${path(own("swings"))} to`);
      // From here on it is in one of the two groups: what it did before the exec was seen is in another, if a sample met it there.
      falls.note(await scrape());
      for (let turn = 0; turn < 30; turn++) {
        await life.tell(`exec ${path(own("swings"))} ${turn % 2 === 0 ? "to" : "fro"}`);
        await life.tell("touch 200");
        await life.tell("threads 2 50");
        page = await scrape();
        falls.note(page);
      }
      const [rusage] = await life.end("exit 0");
      page = await scrape();
      falls.note(page);
      const faults = ["to", "fro"].map((name) => minflt(page as ScrapedPage, name));
      expect(Math.min(...faults)).toBeGreaterThan(14 * 200);
      // What the process did under its first name is in another group.
      expect((rusage?.minflt ?? NaN) - (faults[0] ?? NaN) - (faults[1] ?? NaN)).toBeLessThan(200);
    });
    expect(falls.found).toEqual([]);
    expect(falls.pages).toBe(32);
  });
});
