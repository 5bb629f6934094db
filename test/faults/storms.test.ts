/** The built program is stopped, flooded with events, and run beside other receivers. Lost events are counted, and no counter falls. */

import { afterEach, expect, test } from "@jest/globals";
import { once } from "node:events";
import { findDebianProgram } from "../debian/programs.ts";
import { createFalls } from "../support/falls.ts";
import { own } from "../support/life.ts";
import { execFile as run, spawn } from "../support/processes.ts";
import { startProgram, type Program } from "../support/program.ts";
import { describeKernel, findMissing, testUnless } from "../support/real-kernel.ts";
import { buildWorkload } from "../support/workloads.ts";

interface Usage {
  readonly count: number;
  readonly minflt: number;
}

async function workload(name: string, ...args: string[]): Promise<Usage> {
  return JSON.parse((await run(buildWorkload(name), args)).stdout) as Usage;
}

const atop = await findDebianProgram({ package: "atop", program: "atopacctd" });

/**
 * Starts atop's daemon, which also receives the kernel's exit events and turns on process accounting. The daemon goes to the
 * background, and writes to a private /run.
 */
async function startAtop(): Promise<number> {
  const script =
    "mount -t tmpfs -o mode=755 none /run && mkdir -m 755 /run/acct && $0 /run/acct > /dev/null 2>&1 && cat /run/atopacctd.pid";
  const { stdout } = await run("unshare", ["--mount", "sh", "-c", script, atop.path]);
  return Number(stdout);
}

describeKernel("the built program", () => {
  const programs: Program[] = [];
  afterEach(async () => {
    await Promise.all(programs.splice(0).map((program) => program.stop()));
  });

  async function start(...flags: string[]): Promise<Program> {
    const program = await startProgram(flags);
    programs.push(program);
    return program;
  }

  test("stopped while its buffer overflows, counts each event as received or lost, and resyncs", async () => {
    const started = await start("--exits.receive-buffer=256KiB");
    const falls = createFalls();
    const staying = spawn(buildWorkload("idle"), ["20", "--comm-prefix", own("stay")], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    await once(staying.stdout, "data");
    const before = await started.scrape();
    falls.note(before);
    process.kill(started.pid, "SIGSTOP");
    const { count } = await workload("storm", "20000");
    // Some tracked processes exit meanwhile, and their events are among the lost ones.
    staying.stdin.end();
    await once(staying, "close");
    process.kill(started.pid, "SIGCONT");
    for (;;) {
      const page = await started.scrape();
      falls.note(page);
      if ((page.value("taskstats_exporter_resyncs_total") ?? 0) === 0) continue;
      const grown = (name: string): number => (page.value(name) ?? NaN) - (before.value(name) ?? NaN);
      const lost = grown("taskstats_exporter_exit_events_lost_total");
      expect(lost).toBeGreaterThan(0);
      expect(grown("taskstats_exporter_exit_events_total") + lost).toBeGreaterThanOrEqual(count + 20);
      expect(page.sum("taskstats_processes", { groupname: `${own("stay")}0` })).toBe(0);
      break;
    }
    expect(falls.found).toEqual([]);
  });

  test("shows exactly wait4's faults beside another exporter, which does too", async () => {
    const both = [await start(), await start()];
    const name = own("pair");
    const { minflt } = await workload("spawn", "1000", "--parallel", "2", "--comm", name, "--no-exec");
    for (const one of both) {
      const page = await one.scrape();
      expect(page.sum("taskstats_process_exits_total", { groupname: name })).toBe(1000);
      expect(page.sum("taskstats_page_faults_total", { groupname: name, kind: "minor" })).toBe(minflt);
      expect(page.value("taskstats_exporter_exit_events_lost_total")).toBe(0);
    }
  });

  testUnless(atop.obstacle ?? findMissing(["unshare"]))(
    "shows exactly wait4's faults beside atop's daemon, which takes the same events",
    async () => {
      const started = await start();
      const daemon = await startAtop();
      try {
        const name = own("atop");
        const { minflt } = await workload("spawn", "1000", "--parallel", "2", "--comm", name, "--no-exec");
        const page = await started.scrape();
        expect(page.sum("taskstats_process_exits_total", { groupname: name })).toBe(1000);
        expect(page.sum("taskstats_page_faults_total", { groupname: name, kind: "minor" })).toBe(minflt);
        expect(page.value("taskstats_exporter_exit_events_lost_total")).toBe(0);
      } finally {
        process.kill(daemon);
      }
    },
  );

  test("limits groups while 3,000 names come and go, loses no event, and no counter falls", async () => {
    const started = await start();
    const falls = createFalls();
    const name = own("n");
    const before = await started.scrape();
    const names = workload("spawn", "3000", "--parallel", "4", "--comm", name.slice(0, 8), "--no-exec", "--distinct");
    for (let scrapes = 0; scrapes < 5; scrapes++) falls.note(await started.scrape());
    await names;
    const page = await started.scrape();
    falls.note(page);
    const ends = (one: typeof page): number => one.value("taskstats_exporter_exit_events_total") ?? NaN;
    expect(ends(page) - ends(before)).toBeGreaterThanOrEqual(3000);
    expect(page.value("taskstats_exporter_exit_events_lost_total")).toBe(0);
    expect(page.value("taskstats_exporter_groups")).toBeLessThanOrEqual(1001);
    expect(falls.found).toEqual([]);
  });

  test("shows 5,000 threads of one process, and counts each exit", async () => {
    const started = await start();
    const name = own("crowd");
    const crowd = spawn(buildWorkload("idle"), ["1", "--threads", "5000", "--comm-prefix", name], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    await once(crowd.stdout, "data");
    const group = { groupname: `${name}0` };
    expect((await started.scrape()).sum("taskstats_threads", group)).toBe(5000);
    crowd.stdin.end();
    await once(crowd, "close");
    const page = await started.scrape();
    expect(page.sum("taskstats_thread_exits_total", group)).toBe(5000);
    expect(page.sum("taskstats_process_exits_total", group)).toBe(1);
    expect(page.sum("taskstats_processes", group)).toBe(0);
  });
});
