/** Processes that change: exec by each kind of thread, vfork, double fork, a new name. */

import { afterEach, expect, test } from "@jest/globals";
import { endLives, own, readFigures, startLife, withLinks } from "../support/life.ts";
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
    await withLinks([own("becomes")], async (path) => {
      const life = await startLife(own("was"));
      await life.tell("touch 700");
      const past = readFigures(life.pid)?.minflt ?? NaN;
      if (when.before) await scrape();
      await life.tell(`exec ${path(own("becomes"))}`);
      await life.tell("touch 300");
      if (when.after) await scrape();
      const [rusage] = await life.end("exit 7");
      const page = await scrape();
      expect(minflt(page, own("was")) + minflt(page, own("becomes"))).toBe(rusage?.minflt);
      expect(minflt(page, own("was"))).toBe(when.before ? past : 0);
      expect([exits(page, own("was")), exits(page, own("becomes"))]).toEqual([0, 1]);
      expect(starts(page, own("was")) + starts(page, own("becomes"))).toBe(1);
      expect(threadExits(page, own("becomes"))).toBe(1);
      expect(page.value("taskstats_exporter_processes_vanished_total")).toBe(0);
    });
  });

  test.each(polls)(
    "is billed to wait4's faults after an exec by one of its other threads when polled $seen",
    async (when) => {
      program = await startProgram();
      const { scrape } = program;
      await withLinks([own("taken")], async (path) => {
        const life = await startLife(own("gives"));
        await life.tell("touch 2000");
        await life.tell("threads 4 100");
        await life.tell("hand-over");
        await life.tell("touch 500");
        const past = readFigures(life.pid)?.minflt ?? NaN;
        if (when.before) expect(minflt(await scrape(), own("gives"))).toBe(past);
        await life.tell(`exec ${path(own("taken"))}`);
        await life.tell("touch 300");
        if (when.after) {
          const page = await scrape();
          expect(minflt(page, own("gives")) + minflt(page, own("taken"))).toBe(readFigures(life.pid)?.minflt);
          expect([live(page, own("gives")), live(page, own("taken"))]).toEqual([0, 1]);
          expect(page.sum("taskstats_threads", { groupname: own("taken") })).toBe(1);
          await life.tell("touch 50");
        }
        const [rusage] = await life.end("exit 7");
        const page = await scrape();
        expect(minflt(page, own("gives")) + minflt(page, own("taken"))).toBe(rusage?.minflt);
        if (when.before) expect(minflt(page, own("gives"))).toBeGreaterThanOrEqual(past);
        expect([exits(page, own("gives")), exits(page, own("taken"))]).toEqual([0, 1]);
        expect(
          page.value("taskstats_process_exits_total", { groupname: own("taken"), reason: "exited", code: "7" }),
        ).toBe(1);
        expect(starts(page, own("gives")) + starts(page, own("taken"))).toBe(1);
        // The old leader and the four sleeping threads exit at the exec. The thread that execs exits once, as the leader.
        expect([threadExits(page, own("gives")), threadExits(page, own("taken"))]).toEqual([5, 1]);
        expect([live(page, own("gives")), live(page, own("taken"))]).toEqual([0, 0]);
        expect(page.value("taskstats_exporter_processes_vanished_total")).toBe(0);
      });
    },
  );

  test.each([
    { kind: "has one thread", lines: [] },
    { kind: "has several threads", lines: ["threads 2 40"] },
  ])("lets no counter fall after an exec by another thread without an event: the new program $kind", async (next) => {
    program = await startProgram(["--no-exits.enabled"]);
    const { scrape } = program;
    await withLinks([own("mute-new")], async (path) => {
      const life = await startLife(own("mute-old"));
      await life.tell("touch 2000");
      await life.tell("threads 2 100");
      await life.tell("hand-over");
      await life.tell("touch 500");
      await scrape();
      await life.tell(`exec ${path(own("mute-new"))}`);
      for (const line of next.lines) await life.tell(line);
      for (const pages of [300, 3000]) {
        await life.tell(`touch ${pages}`);
        const page = await scrape();
        expect(minflt(page, own("mute-old")) + minflt(page, own("mute-new"))).toBe(readFigures(life.pid)?.minflt);
      }
      await life.end();
    });
  });

  test("is billed to its own group from its exec on when it was spawned by vfork", async () => {
    program = await startProgram();
    const { scrape } = program;
    await withLinks([own("vforked")], async (path) => {
      const life = await startLife(own("vforks"));
      await life.tell(`spawn ${path(own("vforked"))}`);
      await life.tell("touch 300");
      const during = await scrape();
      expect(minflt(during, own("vforked"))).toBe(readFigures(life.pid)?.minflt);
      expect([live(during, own("vforks")), live(during, own("vforked"))]).toEqual([1, 1]);
      await life.tell("touch 100");
      await life.tell("exit 3");
      const [child, parent] = await life.end();
      const page = await scrape();
      expect(minflt(page, own("vforked"))).toBe(child?.minflt);
      // wait4 adds the faults of the reaped child to its parent's.
      expect(minflt(page, own("vforks"))).toBe((parent?.minflt ?? NaN) - (child?.minflt ?? NaN));
      expect([starts(page, own("vforks")), starts(page, own("vforked"))]).toEqual([1, 1]);
      expect(
        page.value("taskstats_process_exits_total", { groupname: own("vforked"), reason: "exited", code: "3" }),
      ).toBe(1);
    });
  });

  test.each([false, true])("bills each process of a double fork to wait4's faults (polled: %s)", async (polled) => {
    program = await startProgram();
    const { scrape } = program;
    const life = await startLife(own("daemon"));
    await life.tell("touch 200");
    if (polled) await scrape();
    await life.tell("daemonize");
    await life.tell(`name ${own("daemond")}`);
    await life.tell("touch 400");
    if (polled) {
      const page = await scrape();
      expect(minflt(page, own("daemond"))).toBe(readFigures(life.pid)?.minflt);
      expect([live(page, own("daemon")), live(page, own("daemond"))]).toEqual([0, 1]);
    }
    const reaped = await life.end("exit 0");
    const page = await scrape();
    expect(reaped).toHaveLength(3);
    const daemon = reaped.find(({ reaped: pid }) => pid === life.pid);
    expect(minflt(page, own("daemond"))).toBe(daemon?.minflt);
    const all = reaped.reduce((sum, rusage) => sum + rusage.minflt, 0);
    expect(minflt(page, own("daemon")) + minflt(page, own("daemond"))).toBe(all);
    expect([exits(page, own("daemon")), exits(page, own("daemond"))]).toEqual([2, 1]);
    expect([starts(page, own("daemon")), starts(page, own("daemond"))]).toEqual([2, 1]);
  });

  test("moves to the group of the name that its leader takes, and starts and exits once", async () => {
    program = await startProgram();
    const { scrape } = program;
    const life = await startLife(own("born"));
    await life.tell("touch 300");
    const born = minflt(await scrape(), own("born"));
    expect(born).toBe(readFigures(life.pid)?.minflt);
    await life.tell(`name ${own("named")}`);
    await life.tell("touch 200");
    const named = await scrape();
    expect(minflt(named, own("born"))).toBe(born);
    expect(born + minflt(named, own("named"))).toBe(readFigures(life.pid)?.minflt);
    expect([live(named, own("born")), live(named, own("named"))]).toEqual([0, 1]);
    await life.tell(`name ${own("last")}`);
    const [rusage] = await life.end("exit 0");
    const page = await scrape();
    const groups = [own("born"), own("named"), own("last")];
    expect(groups.reduce((sum, name) => sum + minflt(page, name), 0)).toBe(rusage?.minflt);
    expect(groups.map((name) => starts(page, name))).toEqual([1, 0, 0]);
    expect(groups.map((name) => exits(page, name))).toEqual([0, 0, 1]);
  });

  test("stays in its group when a thread that is not its leader takes another name", async () => {
    program = await startProgram();
    const { scrape } = program;
    const life = await startLife(own("steady"));
    await life.tell("hand-over");
    await life.tell(`name ${own("worker")}`);
    await life.tell("touch 300");
    const page = await scrape();
    expect(minflt(page, own("steady"))).toBe(readFigures(life.pid)?.minflt);
    await life.tell("touch 100");
    const [rusage] = await life.end("exit 0");
    const after = await scrape();
    expect(minflt(after, own("steady"))).toBe(rusage?.minflt);
    expect([exits(after, own("steady")), threadExits(after, own("steady"))]).toEqual([1, 2]);
    expect(after.sum("taskstats_processes", { groupname: own("worker") })).toBe(0);
    expect([...after.series.keys()].filter((series) => series.includes(own("worker")))).toEqual([]);
  });
});
