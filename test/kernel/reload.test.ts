/** A new configuration while the exporter runs. Nothing is lost, no counter falls, and a bad configuration changes nothing. */

import { afterEach, expect, test } from "@jest/globals";
import { useConfigFile, type WrittenConfig } from "../support/config-file.ts";
import { createFalls } from "../support/falls.ts";
import { during, endLives, own, startLife, withLinks } from "../support/life.ts";
import type { ScrapedPage } from "../support/page.ts";
import { execFile as run } from "../support/processes.ts";
import { startProgram, type Program } from "../support/program.ts";
import { describeKernel } from "../support/real-kernel.ts";
import { buildWorkload } from "../support/workloads.ts";

const successful = "taskstats_exporter_config_last_reload_successful";
const timestamp = "taskstats_exporter_config_last_reload_success_timestamp_seconds";

const exits = (page: ScrapedPage, groupname: string): number =>
  page.sum("taskstats_process_exits_total", { groupname });
const minflt = (page: ScrapedPage, groupname: string): number =>
  page.sum("taskstats_page_faults_total", { groupname, kind: "minor" });
const live = (page: ScrapedPage, groupname: string): number => page.sum("taskstats_processes", { groupname });

/** A rule for the processes of this name. With `transient`, the rule uses a fact that their exit record does not hold. */
const only = (name: string, comm: string, transient = false): WrittenConfig => ({
  process_names: [{ name, comm: [comm], ...(transient ? { cmdline: ["."] } : {}) }],
});

describeKernel("a reload of the configuration", () => {
  const config = useConfigFile();
  let program: Program | undefined;
  const start = async (first: WrittenConfig): Promise<Program> =>
    (program = await startProgram([config.write(first), "--no-children", "--web.enable-lifecycle"]));
  afterEach(async () => {
    await endLives();
    await program?.stop();
    program = undefined;
  });

  async function post({ url }: Program): Promise<{ readonly status: number; readonly text: string }> {
    const response = await fetch(new URL("/-/reload", url), { method: "POST" });
    return { status: response.status, text: await response.text() };
  }

  /** Sends SIGHUP and waits for a page that shows the result of the reload. The file may be replaced meanwhile. */
  async function hangUp({ pid, scrape }: Program, isDone: (page: ScrapedPage) => boolean): Promise<ScrapedPage> {
    process.kill(pid, "SIGHUP");
    for (;;) {
      const page = await scrape();
      if (isDone(page)) return page;
    }
  }

  test.each([
    { by: "what their record holds", transient: false },
    { by: "their arguments, unless nobody saw them", transient: true },
  ])("loses none of 4,000 exits that are known by $by, and no counter falls", async ({ transient }) => {
    const names = ["one", "two"];
    const storm = own("storm");
    const { scrape, pid, ...rest } = await start(only("one", storm, transient));
    const falls = createFalls();
    const shown = new Set<number | undefined>();
    const args = ["4000", "--no-exec", "--parallel", "16", "--comm", storm];
    let turn = 0;
    const { stdout } = await during(run(buildWorkload("spawn"), args), async () => {
      config.write(only(names[++turn % 2] ?? "", storm, transient));
      if (turn % 3 === 0) process.kill(pid, "SIGHUP");
      else expect((await post({ scrape, pid, ...rest })).status).toBe(200);
      const page = await scrape();
      shown.add(page.value(successful));
      falls.note(page);
    });
    const page = await scrape();
    const usage = JSON.parse(stdout) as { readonly count: number; readonly minflt: number };
    const groups = [...names, "unidentified"];
    const sum = (count: (page: ScrapedPage, group: string) => number): number =>
      groups.reduce((total, group) => total + count(page, group), 0);
    expect(usage.count).toBe(4000);
    expect([sum(exits), sum(minflt)]).toEqual([usage.count, usage.minflt]);
    expect(falls.found).toEqual([]);
    expect(falls.pages).toBeGreaterThan(5);
    expect([...shown]).toEqual([1]);
    if (!transient) for (const name of names) expect(exits(page, name)).toBeGreaterThan(0);
    expect(page.value("taskstats_exporter_exit_events_lost_total")).toBe(0);
    expect(page.value("taskstats_exporter_processes_vanished_total")).toBe(0);
  });

  test("lets a group continue from its values, and moves a process whose rule has changed", async () => {
    const program = await start({
      process_names: [
        { name: "stays", comm: [own("stays")] },
        { name: "before", comm: [own("moves")] },
      ],
    });
    const stays = await startLife(own("stays"));
    const moves = await startLife(own("moves"));
    for (const life of [stays, moves]) await life.tell("touch 500");
    const before = await program.scrape();
    config.write({
      process_names: [
        { name: "after", comm: [own("moves")] },
        { name: "stays", comm: [own("stays")] },
      ],
    });
    const moved = await hangUp(program, (page) => live(page, "after") === 1);
    expect(live(moved, "before")).toBe(0);
    expect(live(moved, "stays")).toBe(1);
    expect([minflt(moved, "before"), minflt(moved, "stays")]).toEqual([
      minflt(before, "before"),
      minflt(before, "stays"),
    ]);
    expect(minflt(moved, "after")).toBe(0);
    for (const life of [stays, moves]) await life.tell("touch 300");
    const [stayed] = await stays.end("exit 0");
    const [gone] = await moves.end("exit 0");
    const page = await program.scrape();
    expect(minflt(page, "stays")).toBe(stayed?.minflt);
    expect(minflt(page, "before")).toBe(minflt(before, "before"));
    expect(minflt(page, "before") + minflt(page, "after")).toBe(gone?.minflt);
    expect([exits(page, "stays"), exits(page, "before"), exits(page, "after")]).toEqual([1, 0, 1]);
    const starts = ["stays", "before", "after"].map((groupname) =>
      page.sum("taskstats_process_starts_total", { groupname }),
    );
    expect(starts).toEqual([1, 1, 0]);
  });

  test("with a new rule on arguments also assigns processes that started before", async () => {
    const program = await start(only("by-name", own("begun")));
    await withLinks([own("begun")], async (path) => {
      const life = await startLife(own("begins"));
      await life.tell(`exec ${path(own("begun"))} word`);
      expect(live(await program.scrape(), "by-name")).toBe(1);
      config.write({
        process_names: [{ name: "by-{{.Matches.x}}", cmdline: [`/${own("begun")} --resume (?P<x>\\w+)$`] }],
      });
      expect(await post(program)).toEqual({ status: 200, text: "the configuration was loaded again\n" });
      const page = await program.scrape();
      expect([live(page, "by-name"), live(page, "by-word")]).toEqual([0, 1]);
    });
  });

  test("reads the current file, though another reload is running", async () => {
    const program = await start(only("0", own("asks")));
    await startLife(own("asks"));
    for (let turn = 1; turn <= 10; turn++) {
      config.write(only(`${turn}a`, own("asks")));
      const first = post(program);
      process.kill(program.pid, "SIGHUP");
      await program.get("/-/healthy");
      config.write(only(`${turn}b`, own("asks")));
      expect((await post(program)).status).toBe(200);
      expect((await first).status).toBe(200);
      expect(live(await program.scrape(), `${turn}b`)).toBe(1);
    }
  });

  test("with a bad file keeps the previous configuration and reports the mistake's place, and a valid file takes effect", async () => {
    const program = await start(only("good", own("faulty")));
    const life = await startLife(own("faulty"));
    await life.tell("touch 100");
    const before = await program.scrape();
    expect(before.value(successful)).toBe(1);
    expect(before.value(timestamp)).toBeGreaterThan(1.7e9);
    config.write("process_names:\n  - name: bad\n    coms: [x]\n");
    const place = `CONFIG at ${config.path}:3:5: want one of `;
    const { status, text } = await post(program);
    expect([status, text.slice(0, place.length)]).toEqual([500, place]);
    expect(program.log()).toContain(place);
    await life.tell("touch 100");
    const bad = await program.scrape();
    expect([bad.value(successful), bad.value(timestamp)]).toEqual([0, before.value(timestamp)]);
    expect(live(bad, "good")).toBe(1);
    expect(minflt(bad, "good")).toBeGreaterThanOrEqual(minflt(before, "good") + 100);
    config.write(only("better", own("faulty")));
    const mended = await hangUp(program, (page) => page.value(successful) === 1);
    expect(mended.value(timestamp)).toBeGreaterThan(before.value(timestamp) ?? Infinity);
    expect(live(mended, "better")).toBe(1);
    config.write("process_names: [");
    await hangUp(program, (page) => page.value(successful) === 0);
    expect(program.log()).toContain(`CONFIG at ${config.path}:1:`);
  });

  test("by POST is refused and changes nothing, unless it is allowed", async () => {
    program = await startProgram([config.write(only("first", own("closed")))]);
    await startLife(own("closed"));
    config.write(only("second", own("closed")));
    const { status, text } = await post(program);
    expect([status, text]).toEqual([403, expect.stringContaining("--web.enable-lifecycle")]);
    expect(live(await program.scrape(), "first")).toBe(1);
  });

  test("changes the limit of groups and the histograms", async () => {
    const lifetime = "taskstats_process_lifetime_seconds";
    const comms = Array.from({ length: 6 }, (_, index) => own(`lim${index}`));
    const rules = [{ name: "{{.Comm}}", comm: comms }];
    const wide = { process_names: rules, limits: { max_groups: 4 } };
    const program = await start({ ...wide, histograms: { [lifetime]: { buckets: [0.5, 3600] } } });
    const bounds = (page: ScrapedPage, groupname: string): readonly string[] =>
      [...page.series.keys()].flatMap(
        (series) =>
          new RegExp(`^${lifetime}_bucket\\{groupname="${groupname.replace(".", "\\.")}",le="(.*)"\\}`).exec(
            series,
          )?.[1] ?? [],
      );
    for (const comm of comms.slice(0, 5)) await (await startLife(comm)).end("exit 0");
    const before = await program.scrape();
    const [first = "", kept = ""] = comms;
    expect(bounds(before, kept)).toEqual(["0.5", "3600", "+Inf"]);
    expect(before.value(`${lifetime}_count`, { groupname: kept })).toBe(1);
    // The first of the five groups was removed for the last one before any page had shown its exit.
    expect([exits(before, first), exits(before, comms[4] ?? ""), exits(before, "other")]).toEqual([0, 1, 1]);
    config.write({
      ...wide,
      limits: { max_groups: 100 },
      histograms: { [lifetime]: { buckets: [1, 2, 3] }, taskstats_process_cpu_seconds: { enabled: false } },
    });
    expect((await post(program)).status).toBe(200);
    for (const comm of [first, kept, comms[5] ?? ""]) await (await startLife(comm)).end("exit 0");
    const page = await program.scrape();
    for (const name of [first, kept, comms[5] ?? ""]) expect(bounds(page, name)).toEqual(["1", "2", "3", "+Inf"]);
    // Observations that were counted with the old bounds cannot be sorted into the new ones.
    expect(page.value(`${lifetime}_count`, { groupname: kept })).toBe(1);
    expect([first, kept, comms[5] ?? "", "other"].map((name) => exits(page, name))).toEqual([1, 2, 1, 1]);
    expect(before.names).toContain("taskstats_process_cpu_seconds_count");
    expect(page.names).not.toContain("taskstats_process_cpu_seconds_count");
    expect(page.value("taskstats_exporter_groups_overflowed_total")).toBe(0);
    expect(page.value("taskstats_exporter_groups_evicted_total")).toBe(1);
  });
});
