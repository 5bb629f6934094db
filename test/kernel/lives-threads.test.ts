/** Processes whose threads come and go: the leader first, or thousands of them. */

import { afterEach, expect, test } from "@jest/globals";
import { during, endLives, own, readFigures, startLife } from "../support/life.ts";
import type { ScrapedPage } from "../support/page.ts";
import { startProgram, type Program } from "../support/program.ts";
import { describeKernel } from "../support/real-kernel.ts";

const minflt = (page: ScrapedPage, groupname: string): number =>
  page.sum("taskstats_page_faults_total", { groupname, kind: "minor" });

describeKernel("a process of several threads", () => {
  let program: Program | undefined;
  afterEach(async () => {
    await endLives();
    await program?.stop();
    program = undefined;
  });

  test.each([
    { known: "was polled before", args: [], polledBefore: true },
    { known: "was not", args: [], polledBefore: false },
    { known: "was polled before, without exit events", args: ["--no-exits.enabled"], polledBefore: true },
  ])("lives on exactly after its leader has ended when it $known", async ({ args, polledBefore }) => {
    program = await startProgram(args);
    const exitsUp = args.length === 0;
    const group = { groupname: own("headless") };
    const life = await startLife(own("headless"));
    await life.tell("touch 700");
    await life.tell("threads 2 50");
    if (polledBefore) await program.scrape();
    await life.tell("hand-over-end");
    for (const pages of [100, 0, 300, 20]) {
      await life.tell(`touch ${pages}`);
      const page = await program.scrape();
      const now = readFigures(life.pid);
      // Without exit events, the leader's faults after the last poll are unknown: a few, from its exit.
      if (exitsUp) expect(minflt(page, own("headless"))).toBe(now?.minflt);
      else expect((now?.minflt ?? NaN) - minflt(page, own("headless"))).toBeLessThan(20);
      expect(page.sum("taskstats_processes", group)).toBe(1);
      if (exitsUp) expect(page.sum("taskstats_threads", group)).toBe(3);
    }
    const [rusage] = await life.end("exit 5");
    const page = await program.scrape();
    expect(page.sum("taskstats_processes", group)).toBe(0);
    expect(page.sum("taskstats_process_starts_total", group)).toBe(1);
    if (!exitsUp) return;
    expect(minflt(page, own("headless"))).toBe(rusage?.minflt);
    expect(page.sum("taskstats_thread_exits_total", group)).toBe(4);
    expect(page.value("taskstats_process_exits_total", { ...group, reason: "exited", code: "5" })).toBe(1);
    expect(page.sum("taskstats_process_exits_total", group)).toBe(1);
  });

  test("that is older than the exporter and has lost its leader is followed from a baseline", async () => {
    const life = await startLife(own("beheaded"));
    await life.tell("touch 3000");
    await life.tell("hand-over-end");
    program = await startProgram();
    const group = { groupname: own("beheaded") };
    const past = readFigures(life.pid)?.minflt ?? NaN;
    const before = await program.scrape();
    expect(minflt(before, own("beheaded"))).toBe(0);
    expect(before.sum("taskstats_processes", group)).toBe(1);
    expect(before.sum("taskstats_threads", group)).toBe(1);
    await life.tell("touch 200");
    expect(minflt(await program.scrape(), own("beheaded"))).toBe((readFigures(life.pid)?.minflt ?? NaN) - past);
    await life.tell("touch 100");
    const [rusage] = await life.end("exit 0");
    const page = await program.scrape();
    expect(minflt(page, own("beheaded"))).toBe((rusage?.minflt ?? NaN) - past);
    expect(page.sum("taskstats_process_exits_total", group)).toBe(1);
    expect(page.sum("taskstats_process_starts_total", group)).toBe(0);
    expect(page.sum("taskstats_processes", group)).toBe(0);
  });

  test("is billed exactly for a thousand threads that exit while it is polled", async () => {
    program = await startProgram();
    const group = { groupname: own("thousand") };
    const life = await startLife(own("thousand"));
    const polls: unknown[] = [];
    const { scrape } = program;
    await during(life.tell("churn 1000 25"), async () => polls.push(await scrape()));
    const page = await program.scrape();
    expect(polls.length).toBeGreaterThan(0);
    expect(page.sum("taskstats_thread_exits_total", group)).toBe(1000);
    expect(page.sum("taskstats_threads", group)).toBe(1);
    expect(minflt(page, own("thousand"))).toBe(readFigures(life.pid)?.minflt);
    const [rusage] = await life.end("exit 0");
    const after = await program.scrape();
    expect(after.sum("taskstats_thread_exits_total", group)).toBe(1001);
    expect(minflt(after, own("thousand"))).toBe(rusage?.minflt);
    expect(after.sum("taskstats_process_exits_total", group)).toBe(1);
  });

  test("is billed exactly for five thousand threads that start, run and are killed together while it is polled", async () => {
    program = await startProgram();
    const group = { groupname: own("legion") };
    const life = await startLife(own("legion"));
    const { scrape } = program;
    await during(life.tell("threads 5000 3"), scrape);
    const page = await scrape();
    expect(page.sum("taskstats_threads", group)).toBe(5001);
    expect(minflt(page, own("legion"))).toBe(readFigures(life.pid)?.minflt);
    await life.tell("touch 500");
    expect(minflt(await scrape(), own("legion"))).toBe(readFigures(life.pid)?.minflt);
    const [rusage] = await during(life.end("exit 0"), scrape);
    const after = await scrape();
    expect(minflt(after, own("legion"))).toBe(rusage?.minflt);
    expect(after.sum("taskstats_thread_exits_total", group)).toBe(5001);
    expect(after.sum("taskstats_process_exits_total", group)).toBe(1);
    expect(after.value("taskstats_exporter_exit_events_lost_total")).toBe(0);
  });
});
