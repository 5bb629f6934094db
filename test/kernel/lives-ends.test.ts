/** Ways in which processes exit: reaped late, followed at once by another with the same id, or killed while they work. */

import { afterEach, expect, test } from "@jest/globals";
import { during, endLives, own, readFigures, startLife } from "../support/life.ts";
import type { ScrapedPage } from "../support/page.ts";
import { execFile as run } from "../support/processes.ts";
import { startProgram, type Program } from "../support/program.ts";
import { describeKernel } from "../support/real-kernel.ts";
import { buildWorkload } from "../support/workloads.ts";

const minflt = (page: ScrapedPage, groupname: string): number =>
  page.sum("taskstats_page_faults_total", { groupname, kind: "minor" });

/** Everything that the page shows of a group, but for the number of its zombies. */
const seriesOf = (page: ScrapedPage, groupname: string): [string, number][] =>
  [...page.series].filter(
    ([series]) => series.includes(`groupname="${groupname}"`) && !series.includes('state="zombie"'),
  );

const zombies = (page: ScrapedPage, groupname: string): number | undefined =>
  page.value("taskstats_thread_states", { groupname, state: "zombie" });

describeKernel("a process that ends", () => {
  let program: Program | undefined;
  afterEach(async () => {
    await endLives();
    await program?.stop();
    program = undefined;
  });

  test.each([
    { kind: "of one thread", lines: ["touch 300"], threads: 1 },
    { kind: "of four threads", lines: ["touch 300", "threads 3 50"], threads: 4 },
    { kind: "whose leader ended first", lines: ["touch 300", "threads 1 50", "hand-over-end"], threads: 3 },
  ])("and stays a zombie $kind is counted at its death, and nothing changes when it is reaped", async (kind) => {
    program = await startProgram();
    const group = { groupname: own("undead") };
    const life = await startLife(own("undead"), { late: true });
    for (const line of kind.lines) await life.tell(line);
    await program.scrape();
    await life.die("exit 9");
    expect(readFigures(life.pid)?.state).toBe("Z");
    const dead = await program.scrape();
    expect(dead.sum("taskstats_processes", group)).toBe(0);
    expect(dead.sum("taskstats_threads", group)).toBe(0);
    expect(dead.value("taskstats_process_exits_total", { ...group, reason: "exited", code: "9" })).toBe(1);
    expect(dead.sum("taskstats_thread_exits_total", group)).toBe(kind.threads);
    // Other processes start, so that the next discovery searches /proc, with the zombie in it.
    await run(buildWorkload("spawn"), ["20", "--no-exec"]);
    expect(seriesOf(await program.scrape(), own("undead"))).toEqual(seriesOf(dead, own("undead")));
    const [rusage] = await life.reap();
    await run(buildWorkload("spawn"), ["20", "--no-exec"]);
    const page = await program.scrape();
    expect(seriesOf(page, own("undead"))).toEqual(seriesOf(dead, own("undead")));
    expect(minflt(page, own("undead"))).toBe(rusage?.minflt);
    expect([zombies(dead, own("undead")), zombies(page, own("undead"))]).toEqual([1, 0]);
  });

  test.each([
    { kind: "one thread", lines: [] },
    { kind: "four threads", lines: ["threads 3 50"] },
  ])("before the exporter starts is a zombie of $kind and nothing else", async ({ lines }) => {
    const life = await startLife(own("relic"), { late: true });
    for (const line of lines) await life.tell(line);
    await life.die("exit 9");
    for (const args of [[], ["--no-exits.enabled"]]) {
      program = await startProgram(args);
      const page = await program.scrape();
      expect(zombies(page, own("relic"))).toBe(1);
      expect(seriesOf(page, own("relic")).filter(([, value]) => value !== 0)).toEqual([]);
      if (args.length > 0) break;
      await program.stop();
    }
    await life.reap();
    const after = (await program?.scrape()) as ScrapedPage;
    expect(zombies(after, own("relic"))).toBe(0);
    expect(seriesOf(after, own("relic")).filter(([, value]) => value !== 0)).toEqual([]);
  });

  test("is not counted as alive while it is a zombie, also without exit events", async () => {
    program = await startProgram(["--no-exits.enabled"]);
    const life = await startLife(own("silent"), { late: true });
    await life.tell("touch 100");
    expect((await program.scrape()).sum("taskstats_processes", { groupname: own("silent") })).toBe(1);
    await life.die("exit 9");
    const dead = await program.scrape();
    expect(dead.sum("taskstats_processes", { groupname: own("silent") })).toBe(0);
    await run(buildWorkload("spawn"), ["1", "--no-exec"]);
    expect((await program.scrape()).sum("taskstats_processes", { groupname: own("silent") })).toBe(0);
    await life.reap();
  });

  test.each([{ args: [] }, { args: ["--no-exits.enabled"] }])(
    "leaves its id to another that is billed from zero to its own group (flags: $args)",
    async ({ args }) => {
      program = await startProgram(args);
      const { scrape } = program;
      const first = await startLife(own("first"));
      const id = first.pid;
      await first.tell("touch 5000");
      const before = await scrape();
      expect(minflt(before, own("first"))).toBe(readFigures(id)?.minflt);
      // If only the start time distinguishes a process from its successor, their starts must differ by ticks.
      for (const { startTicks = 0 } = readFigures(id) ?? {}; (await ticksNow()) < startTicks + 10;) await scrape();
      const [rusage] = await first.end("exit 1");
      const second = await startLife(own("second"), { pid: id });
      expect(second.pid).toBe(id);
      await second.tell("touch 300");
      await scrape();
      await second.tell("touch 50");
      // The next process changes the last id, so that discovery searches /proc in any case.
      await run(buildWorkload("spawn"), ["1", "--no-exec"]);
      const page = await scrape();
      expect(minflt(page, own("first"))).toBe(args.length === 0 ? rusage?.minflt : minflt(before, own("first")));
      expect(minflt(page, own("second"))).toBe(readFigures(id)?.minflt);
      const figures = ["taskstats_processes", "taskstats_process_starts_total"] as const;
      expect(figures.map((name) => page.sum(name, { groupname: own("first") }))).toEqual([0, 1]);
      expect(figures.map((name) => page.sum(name, { groupname: own("second") }))).toEqual([1, 1]);
      const [last] = await second.end("exit 2");
      const after = await scrape();
      if (args.length > 0) return;
      expect(minflt(after, own("second"))).toBe(last?.minflt);
      for (const groupname of [own("first"), own("second")]) {
        expect(after.sum("taskstats_process_exits_total", { groupname })).toBe(1);
      }
      expect(after.value("taskstats_exporter_processes_vanished_total")).toBe(0);
    },
  );

  test.each([
    { count: 200, threads: 1 },
    { count: 50, threads: 3 },
  ])("by SIGKILL while it works is billed exactly while polls run ($count of $threads threads)", async (crowd) => {
    program = await startProgram();
    const group = { groupname: own("killed") };
    const args = [`${crowd.count}`, own("killed"), "--threads", `${crowd.threads}`];
    const { stdout } = await during(run(buildWorkload("killed"), args), program.scrape);
    const usage = JSON.parse(stdout) as { readonly minflt: number; readonly threads: number };
    const page = await program.scrape();
    const exits = (reason: string, code: string): number | undefined =>
      page.value("taskstats_process_exits_total", { ...group, reason, code });
    expect([exits("signaled", "SIGKILL"), exits("exited", "0")]).toEqual([crowd.count, 1]);
    expect(page.sum("taskstats_process_exits_total", group)).toBe(crowd.count + 1);
    expect(page.sum("taskstats_process_starts_total", group)).toBe(crowd.count + 1);
    expect(page.sum("taskstats_thread_exits_total", group)).toBe(usage.threads);
    expect(minflt(page, own("killed"))).toBe(usage.minflt);
    expect(page.sum("taskstats_processes", group)).toBe(0);
    expect(page.value("taskstats_exporter_processes_vanished_total")).toBe(0);
  });
});

/** The start time that a process would have that starts now, in ticks since boot. */
async function ticksNow(): Promise<number> {
  const probe = await startLife(own("probe"));
  const { startTicks = NaN } = readFigures(probe.pid) ?? {};
  await probe.end();
  return startTicks;
}
