/** The sockets of the built program are closed from outside, or the kernel refuses to let the program wait for them. */

import { afterEach, expect, test } from "@jest/globals";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createFalls } from "../support/falls.ts";
import { parsePage, type ScrapedPage } from "../support/page.ts";
import { execFile as run } from "../support/processes.ts";
import { startProgram, type Program } from "../support/program.ts";
import { describeKernel } from "../support/real-kernel.ts";
import { useConfigFile } from "../support/config-file.ts";
import { readCpuNs } from "../support/usage.ts";
import { buildWorkload } from "../support/workloads.ts";

const preload = fileURLToPath(new URL("close-netlink.mjs", import.meta.url));

describeKernel("the built program", () => {
  const config = useConfigFile();
  let program: Program | undefined;
  afterEach(async () => {
    await program?.stop();
    program = undefined;
  });

  const spawnTrue = (count: number, name: string) =>
    run(buildWorkload("spawn"), [String(count), "--comm", name, "--", "/bin/true"]);

  /** Scrapes. A scrape that uses a lost socket is answered with 503. */
  async function scrapeUntil({ get }: Program, isRight: (page: ScrapedPage) => boolean): Promise<ScrapedPage> {
    for (;;) {
      const response = await get("/metrics");
      const text = await response.text();
      const page = response.status === 200 ? parsePage(text) : undefined;
      if (page !== undefined && isRight(page)) return page;
      await delay(20);
    }
  }

  test("opens sockets of every kind again after they were closed, continues to count, and no counter falls", async () => {
    const rules = config.write({
      process_names: [
        { name: "mine", cmdline: ["^/bin/true"] },
        { name: "rest", cmdline: ["."] },
      ],
    });
    const started = (program = await startProgram([rules, "--discovery.interval=200ms"], {
      env: { NODE_OPTIONS: `--import=${preload}` },
    }));
    const falls = createFalls();
    falls.note(await started.scrape());
    process.kill(started.pid, "SIGUSR2");
    const isUp = (page: ScrapedPage): boolean =>
      page.value("taskstats_exporter_exit_listener_up") === 1 && page.value("taskstats_exporter_exec_watcher_up") === 1;
    const isDown = (page: ScrapedPage): boolean => page.value("taskstats_exporter_exit_listener_up") === 0;
    // The program notices it within a second, and opens the socket again within the next.
    while (!started.log().includes("SOCKET_FAILED")) await (await started.get("/-/healthy")).text();
    const page = await scrapeUntil(started, (candidate) => {
      falls.note(candidate);
      return isDown(candidate) || isUp(candidate);
    });
    falls.note(page);
    falls.note(await scrapeUntil(started, isUp));
    const before = await started.scrape();
    await spawnTrue(200, "true");
    const after = await started.scrape();
    falls.note(after);
    const ends = (page: ScrapedPage): number => page.sum("taskstats_process_exits_total");
    expect(after.sum("taskstats_process_exits_total", { groupname: "mine" })).toBeGreaterThan(0);
    expect(ends(after) - ends(before)).toBeGreaterThanOrEqual(200);
    expect(falls.found).toEqual([]);
    expect([await started.stop(), started.log()]).toEqual([0, expect.not.stringMatching(/^\s+at /m)]);
  });

  test("counts all exits if poll() is refused, and does not spin", async () => {
    const rules = config.write({ process_names: [{ name: "unwaited", cmdline: ["^/bin/true"] }] });
    const started = (program = await startProgram([rules], { through: [buildWorkload("refuse")] }));
    await spawnTrue(300, "true");
    const page = await started.scrape();
    const ends = (groupname: string): number => page.sum("taskstats_process_exits_total", { groupname });
    // Some command lines were read too late. These processes are unidentified.
    expect(ends("unwaited")).toBeGreaterThan(0);
    expect(ends("unwaited") + ends("unidentified")).toBeGreaterThanOrEqual(300);
    const [cpuBefore, before] = [readCpuNs(started.pid), performance.now()];
    await delay(1000);
    const used = (readCpuNs(started.pid) - cpuBefore) / ((performance.now() - before) * 1e6);
    // A spinning program would use all CPU time that it gets. The limit is high, because this machine may be busy.
    expect(used).toBeLessThan(0.5);
    expect(await started.stop()).toBe(0);
  });
});
