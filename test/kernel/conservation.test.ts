/** Law 1 on the real kernel: the page of the built program shows what wait4 says of the same children. */

import { afterEach, expect, test } from "@jest/globals";
import { execFile as run } from "../support/processes.ts";
import type { ScrapedPage } from "../support/page.ts";
import { own } from "../support/life.ts";
import { startProgram, type Program } from "../support/program.ts";
import { describeKernel } from "../support/real-kernel.ts";
import { buildWorkload } from "../support/workloads.ts";

interface Usage {
  readonly count: number;
  readonly minflt: number;
  readonly majflt: number;
  readonly nvcsw: number;
  readonly nivcsw: number;
  readonly utime_us: number;
  readonly stime_us: number;
  readonly threads: number;
}

async function workload(name: string, ...args: string[]): Promise<Usage> {
  const { stdout } = await run(buildWorkload(name), args);
  return JSON.parse(stdout) as Usage;
}

/** The number of exit events that the kernel has sent to a program: received ones and lost ones, as the program counts them. */
const sentOf = (page: ScrapedPage): number =>
  (page.value("taskstats_exporter_exit_events_total") ?? NaN) +
  (page.value("taskstats_exporter_exit_events_lost_total") ?? NaN);

const readSent = async (program: Program): Promise<number> => sentOf(await program.scrape());

describeKernel("the built program on this kernel", () => {
  let program: Program | undefined;
  afterEach(async () => {
    await program?.stop();
    program = undefined;
  });

  test("counts 5,000 processes that no scrape saw, each once, with exactly wait4's page faults", async () => {
    program = await startProgram();
    const usage = await workload("spawn", "5000", "--parallel", "2", "--comm", own("true"), "--", "/bin/true");
    const after = await program.scrape();
    const grown = (name: string, labels: Record<string, string> = {}): number =>
      after.sum(name, { groupname: own("true"), ...labels });
    expect(grown("taskstats_process_exits_total", { reason: "exited", code: "0" })).toBe(5000);
    expect(grown("taskstats_process_starts_total")).toBe(5000);
    expect(grown("taskstats_thread_exits_total")).toBe(5000);
    expect(grown("taskstats_page_faults_total", { kind: "minor" })).toBe(usage.minflt);
    expect(grown("taskstats_page_faults_total", { kind: "major" })).toBe(usage.majflt);
    expect(grown("taskstats_process_lifetime_seconds_count")).toBe(5000);
    // A process's last context switch comes after its record, so rusage has up to one more for each process.
    const switches = grown("taskstats_context_switches_total", { kind: "voluntary" });
    expect(switches).toBeLessThanOrEqual(usage.nvcsw);
    // Some processes sleep once more after their record, while their files are closed.
    expect(usage.nvcsw - switches).toBeLessThanOrEqual(1.1 * 5000);
    expect(after.value("taskstats_exporter_exit_events_lost_total")).toBe(0);
  });

  test("bills 200 processes of 8 threads exactly wait4's page faults, and counts 1,800 thread exits", async () => {
    program = await startProgram();
    const usage = await workload("threads", "200", "8", "--faults", "10", "--comm", own("crew"));
    const page = await program.scrape();
    expect(usage.threads).toBe(1800);
    expect(page.sum("taskstats_thread_exits_total", { groupname: own("crew") })).toBe(1800);
    expect(page.sum("taskstats_process_exits_total", { groupname: own("crew") })).toBe(200);
    expect(page.sum("taskstats_page_faults_total", { groupname: own("crew"), kind: "minor" })).toBe(usage.minflt);
  });

  test("bills processes whose leader exits first like all others", async () => {
    program = await startProgram();
    const usage = await workload("threads", "100", "4", "--faults", "10", "--leader-first", "--comm", own("orphans"));
    const page = await program.scrape();
    expect(page.sum("taskstats_process_exits_total", { groupname: own("orphans") })).toBe(100);
    expect(page.sum("taskstats_thread_exits_total", { groupname: own("orphans") })).toBe(500);
    expect(page.sum("taskstats_page_faults_total", { groupname: own("orphans"), kind: "minor" })).toBe(usage.minflt);
    expect(page.value("taskstats_exporter_exit_attribution_total", { by: "unidentified_comm" })).toBe(0);
  });

  test("distinguishes exit codes and signals", async () => {
    program = await startProgram();
    await workload("spawn", "70", "--comm", own("ends"), "--exit-codes", "0,3,255", "--signals", "9,15,11,6");
    const page = await program.scrape();
    const exits = (reason: string, code: string) =>
      page.value("taskstats_process_exits_total", { groupname: own("ends"), reason, code });
    expect(["0", "3", "255"].map((code) => exits("exited", code))).toEqual([10, 10, 10]);
    expect(["SIGKILL", "SIGTERM", "SIGSEGV", "SIGABRT"].map((code) => exits("signaled", code))).toEqual([
      10, 10, 10, 10,
    ]);
  });

  test("bills exactly wait4's page faults of processes that polls saw alive, before and after an exec", async () => {
    program = await startProgram(["--discovery.interval=100ms"]);
    const spawning = workload(
      "spawn",
      "800",
      "--parallel",
      "8",
      "--comm",
      own("mixed"),
      "--",
      "/bin/sh",
      "-c",
      "read x < /dev/null; :",
    );
    let scrapes = 0;
    const state = { done: false };
    void spawning.finally(() => (state.done = true));
    while (!state.done) {
      await program.scrape();
      scrapes++;
    }
    const usage = await spawning;
    const page = await program.scrape();
    expect(scrapes).toBeGreaterThan(3);
    expect(page.sum("taskstats_process_exits_total", { groupname: own("mixed") })).toBe(800);
    // What a child did before its exec was billed to the launcher's group if a poll saw it then.
    const launcher = page.sum("taskstats_page_faults_total", { groupname: "spawn", kind: "minor" });
    const mixed = page.sum("taskstats_page_faults_total", { groupname: own("mixed"), kind: "minor" });
    expect(mixed).toBeLessThanOrEqual(usage.minflt);
    expect(mixed + launcher).toBeGreaterThanOrEqual(usage.minflt);
  });

  test("counts each event as received or lost if the buffer is far too small", async () => {
    program = await startProgram(["--exits.receive-buffer=8KiB"]);
    // A second program with a large buffer counts all events, because other tasks of this machine exit meanwhile, too.
    const witness = await startProgram();
    const witnessed = await readSent(witness);
    const before = await readSent(program);
    const { count } = await workload("storm", "20000");
    const after = await program.scrape();
    const sent = sentOf(after) - before;
    const most = (await readSent(witness)) - witnessed;
    await witness.stop();
    const others = ["storm"].length; // the program that made the storm ends too
    expect(after.value("taskstats_exporter_exit_events_lost_total")).toBeGreaterThan(0);
    expect(sent).toBeGreaterThanOrEqual(count + others);
    expect(sent).toBeLessThanOrEqual(most);
    expect(after.value("taskstats_exporter_resyncs_total")).toBeGreaterThan(0);
  });

  test("loses none of 200,000 exits at full speed with default settings", async () => {
    program = await startProgram();
    const { count } = await workload("storm", "200000", "--processes");
    const page = await program.scrape();
    expect(page.value("taskstats_exporter_exit_events_lost_total")).toBe(0);
    expect(page.sum("taskstats_thread_exits_total", { groupname: "storm" })).toBeGreaterThanOrEqual(count);
  });
});
