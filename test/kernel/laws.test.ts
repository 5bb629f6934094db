/** Laws 2 to 5 on the real kernel, through the built program. */

import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findProgram } from "../support/command.ts";
import { useDelayacct } from "../support/delayacct.ts";
import { createFalls } from "../support/falls.ts";
import { own } from "../support/life.ts";
import { spawn } from "../support/processes.ts";
import { startProgram, type Program } from "../support/program.ts";
import { describeKernel } from "../support/real-kernel.ts";
import { buildWorkload } from "../support/workloads.ts";

let folder = "";
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), "laws-"))));
afterAll(() => rmSync(folder, { recursive: true }));

/** Makes a link to a program, so that no other process of this machine has its name. */
function linkTo(program: string, name = program): string {
  const link = join(folder, own(name));
  symlinkSync(findProgram(program) ?? program, link);
  return link;
}

describeKernel(
  "the laws on this kernel",
  () => {
    let program: Program | undefined;
    const children: ChildProcessWithoutNullStreams[] = [];

    function start(command: string, ...args: string[]): ChildProcessWithoutNullStreams {
      const child = spawn(command, args);
      children.push(child);
      return child;
    }

    /** Starts a program and waits for its first line, which says that it is ready. */
    async function startReady(command: string, ...args: string[]): Promise<ChildProcessWithoutNullStreams> {
      const child = start(command, ...args);
      await once(child.stdout, "data");
      return child;
    }

    async function end(child: ChildProcessWithoutNullStreams): Promise<void> {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    }

    afterEach(async () => {
      await Promise.all(
        children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null).map(end),
      );
      children.length = 0;
      await program?.stop();
      program = undefined;
    });

    test("shows no counter that falls over 200 scrapes while threads keep ending", async () => {
      start(buildWorkload("churn"), "--threads", "--comm", own("churn"));
      program = await startProgram();
      const falls = createFalls();
      for (let scrape = 0; scrape < 200; scrape++) falls.note(await program.scrape());
      expect(falls.found).toEqual([]);
      const page = await program.scrape();
      expect(page.value("taskstats_thread_exits_total", { groupname: own("churn") })).toBeGreaterThan(100);
    });

    test("takes the baseline of a process that is older than the exporter, and bills what follows", async () => {
      const script = "$| = 1; my $x = 'a' x 5e7; print 1; <STDIN>; my $y = 'b' x 5e7; print 2; <STDIN>;";
      const child = await startReady(linkTo("perl", "older"), "-e", script);
      program = await startProgram();
      const faults = { groupname: own("older"), kind: "minor" };
      const before = await program.scrape();
      expect(before.sum("taskstats_page_faults_total", faults)).toBe(0);
      expect(before.sum("taskstats_process_starts_total", { groupname: own("older") })).toBe(0);
      const lived = Number(readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ")[1]?.split(" ")[7]);
      child.stdin.write("\n");
      await once(child.stdout, "data");
      const after = await program.scrape();
      const now = Number(readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ")[1]?.split(" ")[7]);
      expect(now - lived).toBeGreaterThan(1000);
      expect(after.sum("taskstats_page_faults_total", faults)).toBe(now - lived);
    });

    test("does not bill the past of a process that is older than the exporter when it ends", async () => {
      const child = await startReady(linkTo("perl", "ends"), "-e", "$| = 1; my $x = 'a' x 5e7; print 1; <STDIN>;");
      program = await startProgram();
      await end(child);
      const page = await program.scrape();
      expect(page.sum("taskstats_process_exits_total", { groupname: own("ends"), code: "SIGKILL" })).toBe(1);
      expect(page.sum("taskstats_page_faults_total", { groupname: own("ends"), kind: "minor" })).toBeLessThan(100);
    });

    test("shows a process of several threads with the sums of its threads in /proc", async () => {
      program = await startProgram();
      await startReady(buildWorkload("idle"), "3", "--threads", "5", "--comm-prefix", own("many"));
      const page = await program.scrape();
      const group = { groupname: `${own("many")}0` };
      const pids = readdirSync("/proc").filter(
        (name) => /^\d+$/.test(name) && readComm(`/proc/${name}/comm`) === group.groupname,
      );
      const minflt = pids
        .flatMap((pid) => readdirSync(`/proc/${pid}/task`).map((tid) => `/proc/${pid}/task/${tid}/stat`))
        .reduce((sum, path) => sum + Number(readFileSync(path, "utf8").split(") ")[1]?.split(" ")[7]), 0);
      expect(pids).toHaveLength(3);
      expect(page.sum("taskstats_processes", group)).toBe(3);
      expect(page.sum("taskstats_threads", group)).toBe(15);
      expect(page.sum("taskstats_page_faults_total", { ...group, kind: "minor" })).toBe(minflt);
    });

    test("moves a process to the group of the program that it execs, and leaves its past where it was", async () => {
      program = await startProgram();
      const [bash, cat] = [linkTo("bash"), linkTo("cat")];
      const script = `x=$(printf %5000000s); echo ready; read y; exec -a renamed ${cat}`;
      const child = await startReady(bash, "-c", script);
      const before = await program.scrape();
      const billed = before.sum("taskstats_page_faults_total", { groupname: own("bash"), kind: "minor" });
      expect(before.sum("taskstats_processes", { groupname: own("cat") })).toBe(0);
      child.stdin.write("\nhello\n");
      await once(child.stdout, "data");
      const after = await program.scrape();
      expect(after.sum("taskstats_processes", { groupname: own("cat") })).toBe(1);
      expect(
        after.sum("taskstats_page_faults_total", { groupname: own("bash"), kind: "minor" }),
      ).toBeGreaterThanOrEqual(billed);
      expect(after.sum("taskstats_page_faults_total", { groupname: own("cat"), kind: "minor" })).toBeLessThan(billed);
    });

    test("leaves kernel threads out unless asked for", async () => {
      program = await startProgram();
      expect((await program.scrape()).sum("taskstats_processes", { groupname: "kthreadd" })).toBe(0);
      await program.stop();
      program = await startProgram(["--kernel-threads"]);
      expect((await program.scrape()).sum("taskstats_processes", { groupname: "kthreadd" })).toBe(1);
    });

    test("shows a zombie neither as a live process nor twice", async () => {
      program = await startProgram();
      // Ready once /proc shows its child as a zombie.
      const script = `$| = 1; my $p = fork; if (!$p) { $0 = '${own("undead")}'; exit 7 }
        do { select undef, undef, undef, 0.01; open F, "/proc/$p/stat"; $_ = <F> } until /\\) Z /; print 1; <STDIN>;`;
      await startReady("perl", "-e", script);
      const first = await program.scrape();
      const second = await program.scrape();
      for (const page of [first, second]) {
        expect(page.sum("taskstats_processes", { groupname: own("undead") })).toBe(0);
        expect(page.sum("taskstats_process_exits_total", { groupname: own("undead"), code: "7" })).toBe(1);
        expect(page.sum("taskstats_process_starts_total", { groupname: own("undead") })).toBeLessThanOrEqual(1);
      }
      const faults = { groupname: own("undead"), kind: "minor" };
      expect(second.sum("taskstats_page_faults_total", faults)).toBe(first.sum("taskstats_page_faults_total", faults));
    });
  },
  { needs: ["cc", "perl", "bash"] },
);

describeKernel(
  "delay accounting that is off",
  () => {
    useDelayacct("0");

    test("has no series of the kinds that are not collected, and says so in a metric", async () => {
      const program = await startProgram();
      const page = await program.scrape();
      await program.stop();
      const kinds = [...page.series.keys()].filter((series) => series.startsWith("taskstats_delays_total{"));
      expect(kinds.length).toBeGreaterThan(0);
      expect(kinds.filter((series) => !series.includes('kind="cpu"'))).toEqual([]);
      expect(page.value("taskstats_exporter_delayacct_enabled")).toBe(0);
      expect(page.value("taskstats_exporter_processes_without_delayacct")).toBe(page.sum("taskstats_processes"));
      expect(program.log()).toContain("sysctl -w kernel.task_delayacct=1");
    });
  },
  { needs: [] },
);

describeKernel(
  "delay accounting that is on",
  () => {
    useDelayacct("1");

    test("shows the kinds that the kernel accounts, and a workload moves the right one", async () => {
      const program = await startProgram();
      const name = own("copies");
      const child = spawn(linkTo("perl", "copies"), [
        "-e",
        "my $x = 'a' x 4e6; my $p = fork; $x =~ tr/a/b/ if !$p; exit if !$p; waitpid $p, 0",
      ]);
      await once(child, "exit");
      const page = await program.scrape();
      await program.stop();
      expect(page.sum("taskstats_delays_total", { groupname: name, kind: "wpcopy" })).toBeGreaterThan(900);
      expect(page.sum("taskstats_delay_seconds_total", { groupname: name, kind: "wpcopy" })).toBeGreaterThan(0);
      expect(page.value("taskstats_exporter_delayacct_enabled")).toBe(1);
    });
  },
  { needs: ["perl"] },
);

function readComm(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return "";
  }
}
