/** Lives that change what they are: exec by each kind of thread, vfork, double fork, a new name. */

import { afterEach, expect, test } from "@jest/globals";
import { endLives, readFigures, startLife, withLinks } from "../support/life.ts";
import type { ScrapedPage } from "../support/page.ts";
import { startProgram, type Program } from "../support/program.ts";
import { describeKernel } from "../support/real-kernel.ts";

const minflt = (page: ScrapedPage, groupname: string): number =>
  page.sum("taskstats_page_faults_total", { groupname, kind: "minor" });
const exits = (page: ScrapedPage, groupname: string): number =>
  page.sum("taskstats_process_exits_total", { groupname });
const starts = (page: ScrapedPage, groupname: string): number =>
  page.sum("taskstats_process_starts_total", { groupname });
const live = (page: ScrapedPage, groupname: string): number => page.sum("taskstats_processes", { groupname });
const threadExits = (page: ScrapedPage, groupname: string): number =>
  page.sum("taskstats_thread_exits_total", { groupname });

/** When the page is scraped during a life with one exec. */
const polls = [
  { seen: "never", before: false, after: false },
  { seen: "before the exec", before: true, after: false },
  { seen: "after the exec", before: false, after: true },
  { seen: "before and after the exec", before: true, after: true },
] as const;

describeKernel("a process that becomes another program", () => {
  let program: Program | undefined;
  afterEach(async () => {
    await endLives();
    await program?.stop();
    program = undefined;
  });

  test.each(polls)("is billed to wait4's faults after an exec by its leader when polled $seen", async (when) => {
    program = await startProgram();
    const { scrape } = program;
    await withLinks(["lv-becomes"], async (path) => {
      const life = await startLife("lv-was");
      await life.tell("touch 700");
      const past = readFigures(life.pid)?.minflt ?? NaN;
      if (when.before) await scrape();
      await life.tell(`exec ${path("lv-becomes")}`);
      await life.tell("touch 300");
      if (when.after) await scrape();
      const [rusage] = await life.end("exit 7");
      const page = await scrape();
      expect(minflt(page, "lv-was") + minflt(page, "lv-becomes")).toBe(rusage?.minflt);
      expect(minflt(page, "lv-was")).toBe(when.before ? past : 0);
      expect([exits(page, "lv-was"), exits(page, "lv-becomes")]).toEqual([0, 1]);
      expect(starts(page, "lv-was") + starts(page, "lv-becomes")).toBe(1);
      expect(threadExits(page, "lv-becomes")).toBe(1);
      expect(page.value("taskstats_exporter_processes_vanished_total")).toBe(0);
    });
  });

  test.each(polls)(
    "is billed to wait4's faults after an exec by one of its other threads when polled $seen",
    async (when) => {
      program = await startProgram();
      const { scrape } = program;
      await withLinks(["lv-taken"], async (path) => {
        const life = await startLife("lv-gives");
        await life.tell("touch 2000");
        await life.tell("threads 4 100");
        await life.tell("hand-over");
        await life.tell("touch 500");
        const past = readFigures(life.pid)?.minflt ?? NaN;
        if (when.before) expect(minflt(await scrape(), "lv-gives")).toBe(past);
        await life.tell(`exec ${path("lv-taken")}`);
        await life.tell("touch 300");
        if (when.after) {
          const page = await scrape();
          expect(minflt(page, "lv-gives") + minflt(page, "lv-taken")).toBe(readFigures(life.pid)?.minflt);
          expect([live(page, "lv-gives"), live(page, "lv-taken")]).toEqual([0, 1]);
          expect(page.sum("taskstats_threads", { groupname: "lv-taken" })).toBe(1);
          await life.tell("touch 50");
        }
        const [rusage] = await life.end("exit 7");
        const page = await scrape();
        expect(minflt(page, "lv-gives") + minflt(page, "lv-taken")).toBe(rusage?.minflt);
        if (when.before) expect(minflt(page, "lv-gives")).toBeGreaterThanOrEqual(past);
        expect([exits(page, "lv-gives"), exits(page, "lv-taken")]).toEqual([0, 1]);
        expect(
          page.value("taskstats_process_exits_total", { groupname: "lv-taken", reason: "exited", code: "7" }),
        ).toBe(1);
        expect(starts(page, "lv-gives") + starts(page, "lv-taken")).toBe(1);
        // The old leader and the four that slept; the one that exec'd ends once, as the leader.
        expect([threadExits(page, "lv-gives"), threadExits(page, "lv-taken")]).toEqual([5, 1]);
        expect([live(page, "lv-gives"), live(page, "lv-taken")]).toEqual([0, 0]);
        expect(page.value("taskstats_exporter_processes_vanished_total")).toBe(0);
      });
    },
  );

  test.each([
    { kind: "has one thread", lines: [] },
    { kind: "has several threads", lines: ["threads 2 40"] },
  ])(
    "takes nothing back after an exec by another thread that no event told of: the new program $kind",
    async (next) => {
      program = await startProgram(["--no-exits.enabled"]);
      const { scrape } = program;
      await withLinks(["lv-mute-new"], async (path) => {
        const life = await startLife("lv-mute-old");
        await life.tell("touch 2000");
        await life.tell("threads 2 100");
        await life.tell("hand-over");
        await life.tell("touch 500");
        await scrape();
        await life.tell(`exec ${path("lv-mute-new")}`);
        for (const line of next.lines) await life.tell(line);
        for (const pages of [300, 3000]) {
          await life.tell(`touch ${pages}`);
          const page = await scrape();
          expect(minflt(page, "lv-mute-old") + minflt(page, "lv-mute-new")).toBe(readFigures(life.pid)?.minflt);
        }
        await life.end();
      });
    },
  );

  test("is billed to its own group from its exec on when it was spawned by vfork", async () => {
    program = await startProgram();
    const { scrape } = program;
    await withLinks(["lv-vforked"], async (path) => {
      const life = await startLife("lv-vforks");
      await life.tell(`spawn ${path("lv-vforked")}`);
      await life.tell("touch 300");
      const during = await scrape();
      expect(minflt(during, "lv-vforked")).toBe(readFigures(life.pid)?.minflt);
      expect([live(during, "lv-vforks"), live(during, "lv-vforked")]).toEqual([1, 1]);
      await life.tell("touch 100");
      await life.tell("exit 3");
      const [child, parent] = await life.end();
      const page = await scrape();
      expect(minflt(page, "lv-vforked")).toBe(child?.minflt);
      // wait4 adds the faults of the reaped child to its parent's.
      expect(minflt(page, "lv-vforks")).toBe((parent?.minflt ?? NaN) - (child?.minflt ?? NaN));
      expect([starts(page, "lv-vforks"), starts(page, "lv-vforked")]).toEqual([1, 1]);
      expect(
        page.value("taskstats_process_exits_total", { groupname: "lv-vforked", reason: "exited", code: "3" }),
      ).toBe(1);
    });
  });

  test.each([false, true])("bills each process of a double fork to wait4's faults (polled: %s)", async (polled) => {
    program = await startProgram();
    const { scrape } = program;
    const life = await startLife("lv-daemon");
    await life.tell("touch 200");
    if (polled) await scrape();
    await life.tell("daemonize");
    await life.tell("name lv-daemonized");
    await life.tell("touch 400");
    if (polled) {
      const page = await scrape();
      expect(minflt(page, "lv-daemonized")).toBe(readFigures(life.pid)?.minflt);
      expect([live(page, "lv-daemon"), live(page, "lv-daemonized")]).toEqual([0, 1]);
    }
    const reaped = await life.end("exit 0");
    const page = await scrape();
    expect(reaped).toHaveLength(3);
    const daemon = reaped.find(({ reaped: pid }) => pid === life.pid);
    expect(minflt(page, "lv-daemonized")).toBe(daemon?.minflt);
    const all = reaped.reduce((sum, rusage) => sum + rusage.minflt, 0);
    expect(minflt(page, "lv-daemon") + minflt(page, "lv-daemonized")).toBe(all);
    expect([exits(page, "lv-daemon"), exits(page, "lv-daemonized")]).toEqual([2, 1]);
    expect([starts(page, "lv-daemon"), starts(page, "lv-daemonized")]).toEqual([2, 1]);
  });

  test("moves to the group of the name that its leader gives itself, and begins and ends once", async () => {
    program = await startProgram();
    const { scrape } = program;
    const life = await startLife("lv-born");
    await life.tell("touch 300");
    const born = minflt(await scrape(), "lv-born");
    expect(born).toBe(readFigures(life.pid)?.minflt);
    await life.tell("name lv-named");
    await life.tell("touch 200");
    const named = await scrape();
    expect(minflt(named, "lv-born")).toBe(born);
    expect(born + minflt(named, "lv-named")).toBe(readFigures(life.pid)?.minflt);
    expect([live(named, "lv-born"), live(named, "lv-named")]).toEqual([0, 1]);
    await life.tell("name lv-last");
    const [rusage] = await life.end("exit 0");
    const page = await scrape();
    const groups = ["lv-born", "lv-named", "lv-last"];
    expect(groups.reduce((sum, name) => sum + minflt(page, name), 0)).toBe(rusage?.minflt);
    expect(groups.map((name) => starts(page, name))).toEqual([1, 0, 0]);
    expect(groups.map((name) => exits(page, name))).toEqual([0, 0, 1]);
  });

  test("stays in its group when a thread that is not its leader takes another name", async () => {
    program = await startProgram();
    const { scrape } = program;
    const life = await startLife("lv-steady");
    await life.tell("hand-over");
    await life.tell("name lv-worker");
    await life.tell("touch 300");
    const page = await scrape();
    expect(minflt(page, "lv-steady")).toBe(readFigures(life.pid)?.minflt);
    await life.tell("touch 100");
    const [rusage] = await life.end("exit 0");
    const after = await scrape();
    expect(minflt(after, "lv-steady")).toBe(rusage?.minflt);
    expect([exits(after, "lv-steady"), threadExits(after, "lv-steady")]).toEqual([1, 2]);
    expect(after.sum("taskstats_processes", { groupname: "lv-worker" })).toBe(0);
    expect([...after.series.keys()].filter((series) => series.includes("lv-worker"))).toEqual([]);
  });
});
