/** The built program runs out of descriptors for moments. Nothing is billed twice, and failed scrapes say why. */

import { afterEach, expect, test } from "@jest/globals";
import { endLives, own, startLife, type Life } from "../support/life.ts";
import { createFalls } from "../support/falls.ts";
import { parsePage, type ScrapedPage } from "../support/page.ts";
import { execFileSync } from "../support/processes.ts";
import { startProgram, type Program } from "../support/program.ts";
import { describeKernel } from "../support/real-kernel.ts";

describeKernel(
  "while descriptors run out for moments",
  () => {
    let program: Program | undefined;
    afterEach(async () => {
      await program?.stop();
      program = undefined;
      await endLives();
    });

    /** Sets the limit of descriptors. Open descriptors stay open. */
    function limit({ pid }: Program, soft: number): void {
      execFileSync("prlimit", [`--pid=${pid}`, `--nofile=${soft}:`]);
    }

    /** Scrapes over an open connection. @returns undefined if the answer is 503 */
    async function tryScrape({ get }: Program): Promise<ScrapedPage | undefined> {
      const response = await get("/metrics");
      const text = await response.text();
      if (response.status === 200) return parsePage(text);
      expect([response.status, text]).toEqual([
        503,
        expect.stringMatching(/^PROC_UNREADABLE at \/proc: .*EMFILE.*ulimit -n/),
      ]);
      return undefined;
    }

    /** Some work of the leader, and of threads that start and exit. */
    async function work(life: Life): Promise<void> {
      await life.tell("touch 5");
      await life.tell("churn 2 3");
    }

    test("a process of 8 threads is billed exactly wait4's faults, starts once, and exits once", async () => {
      const name = own("crew");
      const started = (program = await startProgram(["--discovery.interval=100ms"]));
      const falls = createFalls();
      const life = await startLife(name);
      await life.tell("threads 7 20");
      falls.note(await started.scrape());
      let refused = 0;
      for (let round = 0; round < 15; round++) {
        limit(started, 3);
        await work(life);
        const page = await tryScrape(started);
        if (page === undefined) refused++;
        else falls.note(page);
        limit(started, 1024);
        await work(life);
        falls.note(await started.scrape());
      }
      const [reaped] = await life.end("exit 0");
      const page = await started.scrape();
      falls.note(page);
      expect(refused).toBeGreaterThan(0);
      expect(page.sum("taskstats_page_faults_total", { groupname: name, kind: "minor" })).toBe(reaped?.minflt);
      expect(page.value("taskstats_process_starts_total", { groupname: name })).toBe(1);
      expect(page.sum("taskstats_process_exits_total", { groupname: name })).toBe(1);
      expect(page.sum("taskstats_thread_exits_total", { groupname: name })).toBe(8 + 30 * 2);
      expect(falls.found).toEqual([]);
    });

    test("connections that cannot be accepted neither stop the program nor keep a CPU busy, and the next one is served", async () => {
      const started = (program = await startProgram());
      limit(started, 3);
      const attempts = Array.from({ length: 20 }, () =>
        fetch(started.url, { headers: { connection: "close" } }).then(
          ({ status }) => status,
          () => "cut off",
        ),
      );
      limit(started, 1024);
      await Promise.all(attempts);
      expect((await started.scrape()).sum("taskstats_processes")).toBeGreaterThan(0);
      expect(await started.stop()).toBe(0);
    });
  },
  { needs: ["cc"] },
);
