/** Law 5 for processes that are alive when events are lost: after the resync, the page shows exactly the live processes and their figures. */

import { afterEach, expect, test } from "@jest/globals";
import { once } from "node:events";
import { endLives, type Life, listFigures, own, readFigures, startLife } from "../support/life.ts";
import { execFile as run, spawn } from "../support/processes.ts";
import { startProgram, type Program } from "../support/program.ts";
import { describeKernel } from "../support/real-kernel.ts";
import { buildWorkload } from "../support/workloads.ts";

const startMany = (count: number, name: string): Promise<Life[]> =>
  Promise.all(Array.from({ length: count }, () => startLife(name)));

/** Storms follow each other until `work` is done. */
async function duringStorms(work: () => Promise<void>): Promise<void> {
  const done = new AbortController();
  const storms = (async () => {
    while (!done.signal.aborted) await run(buildWorkload("storm"), ["20000"]);
  })();
  try {
    await work();
  } finally {
    done.abort();
    await storms;
  }
}

describeKernel("a storm that overruns the receive buffer", () => {
  let program: Program | undefined;
  afterEach(async () => {
    await endLives();
    await program?.stop();
    program = undefined;
  });

  test("leaves live processes' figures exact and exited ones off the page, and is counted in metrics", async () => {
    program = await startProgram(["--exits.receive-buffer=8KiB"]);
    const { scrape } = program;
    const old = await startMany(10, own("stays"));
    const doomed = await startMany(30, own("leaves"));
    for (const life of [...old, ...doomed]) await life.tell("touch 200");
    const before = await scrape();
    expect(before.sum("taskstats_processes", { groupname: own("leaves") })).toBe(30);

    const young: Life[] = [];
    let wait4Faults = 0;
    await duringStorms(async () => {
      while (doomed.length > 0) {
        young.push(await startLife(own("comes")));
        for (const life of [...old, ...young]) await life.tell("touch 30");
        for (const life of doomed.splice(0, 5)) wait4Faults += (await life.end())[0]?.minflt ?? NaN;
        await scrape();
      }
    });
    // The first scrape notices the last loss, and the discovery after it resolves the loss.
    await scrape();
    const after = await scrape();

    for (const [groupname, lives] of [
      [own("stays"), old],
      [own("comes"), young],
      [own("leaves"), []],
    ] as const) {
      expect(after.sum("taskstats_processes", { groupname })).toBe(lives.length);
      expect(listFigures().filter(({ comm }) => comm === groupname)).toHaveLength(lives.length);
      if (lives.length === 0) continue;
      const lived = lives.reduce((sum, { pid }) => sum + (readFigures(pid)?.minflt ?? NaN), 0);
      expect(after.sum("taskstats_page_faults_total", { groupname, kind: "minor" })).toBe(lived);
      expect(after.sum("taskstats_process_starts_total", { groupname })).toBe(lives.length);
      expect(after.sum("taskstats_process_exits_total", { groupname })).toBe(0);
    }
    expect(after.sum("taskstats_processes", { groupname: "storm" })).toBe(0);

    // Exited processes whose event was lost were billed as of the last poll, and all others exactly.
    const dead = { groupname: own("leaves") };
    const billed = after.sum("taskstats_page_faults_total", { ...dead, kind: "minor" });
    expect(billed).toBeLessThanOrEqual(wait4Faults);
    expect(billed).toBeGreaterThanOrEqual(before.sum("taskstats_page_faults_total", { ...dead, kind: "minor" }));
    const counted = after.sum("taskstats_process_exits_total", dead);
    expect(counted).toBeLessThanOrEqual(30);
    expect(after.value("taskstats_exporter_processes_vanished_total")).toBeGreaterThanOrEqual(30 - counted);
    expect(after.value("taskstats_exporter_exit_events_lost_total")).toBeGreaterThan(0);
    expect(after.value("taskstats_exporter_resyncs_total")).toBeGreaterThan(0);
  });

  test("does not keep the self-test at the start from seeing exit events", async () => {
    const storm = spawn(buildWorkload("churn"), ["--threads", "--comm", own("churns")]);
    const ended = once(storm, "close");
    try {
      program = await startProgram(["--exits.receive-buffer=8KiB"]);
      const page = await program.scrape();
      expect(program.log()).not.toContain("NETWORK_NAMESPACE");
      expect(page.value("taskstats_exporter_exit_listener_up")).toBe(1);
    } finally {
      storm.kill("SIGKILL");
      await ended;
    }
  });
});
