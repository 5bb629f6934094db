/** `events` of the built program on the real kernel, compared with what wait4 says of the same processes. */

import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { ChildProcess } from "node:child_process";
import { useConfigFile } from "../support/config-file.ts";
import { own } from "../support/life.ts";
import { execFile as run, spawn } from "../support/processes.ts";
import { builtMain, outcomeOf, runProgram, startProgram, type Outcome, type Program } from "../support/program.ts";
import { describeKernel } from "../support/real-kernel.ts";
import { until } from "../support/until.ts";
import { buildWorkload } from "../support/workloads.ts";

/** A line of `events --json`. */
interface Told {
  readonly tgid: number;
  readonly ppid: number;
  readonly comm: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly reason: string;
  readonly code: string;
  readonly lifetime_seconds: number;
  readonly cpu_seconds: number;
  readonly max_rss_bytes: number;
  readonly lost?: number;
  readonly not_shown?: number;
}

/** A line of the workload `reaped`. */
interface Reaped {
  readonly pid: number;
  readonly parent: number;
  readonly status: number;
  readonly cpu_us: number;
  readonly peak_kib: number;
}

const parseLines = (text: string): readonly unknown[] =>
  text
    .trimEnd()
    .split("\n")
    .filter((line) => line !== "")
    .map((line): unknown => JSON.parse(line));

async function reap(count: number, name: string, ...statuses: readonly number[]): Promise<readonly Reaped[]> {
  const { stdout } = await run(buildWorkload("reaped"), [String(count), name, ...statuses.map(String)], {
    maxBuffer: 2 ** 26,
  });
  return parseLines(stdout) as readonly Reaped[];
}

/** The command with its output, from the message on that it listens. */
interface Running {
  readonly child: ChildProcess;
  readonly outcome: Promise<Outcome>;
  stop(signal?: NodeJS.Signals): Promise<Outcome>;
}

async function listening(child: ChildProcess): Promise<Running> {
  let stderr = "";
  child.stderr?.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const outcome = outcomeOf(child);
  await until(() => stderr.includes("showing each process") || child.exitCode !== null);
  expect(stderr).toContain("Ctrl-C ends it");
  const stop: Running["stop"] = (signal = "SIGINT") => {
    child.kill(signal);
    return outcome;
  };
  return { child, outcome, stop };
}

const start = (...flags: readonly string[]): Promise<Running> =>
  listening(spawn(process.execPath, [builtMain, "events", ...flags], { stdio: ["ignore", "pipe", "pipe"] }));

/** The command in a shell, with what comes after it, to its end. Processes exit all the while. */
async function runIn(script: string): Promise<Outcome> {
  const outcome = outcomeOf(spawn("bash", ["-c", script, "bash", process.execPath, builtMain, "events"]));
  let over = false as boolean;
  void outcome.then(() => (over = true));
  while (!over) await reap(1, own("reader"), 0);
  return outcome;
}

describeKernel(
  "events",
  () => {
    const config = useConfigFile();
    let running: Running | undefined;
    let program: Program | undefined;
    beforeEach(() => void buildWorkload("reaped"));
    afterEach(async () => {
      running?.child.kill("SIGKILL");
      await running?.outcome;
      await program?.stop();
      running = program = undefined;
    });

    test("shows each of 500 quick processes once, with its parent, its end, its CPU time and its peak memory", async () => {
      const name = own("quick");
      running = await start("--json", `--group=${name}`);
      const reaped = await reap(500, name, 0, 0x0300, 9, 0xff00, 15, 11);
      const { status, stdout } = await running.stop();
      expect(status).toBe(0);
      const told = parseLines(stdout) as readonly Told[];
      // Their parent has that name too, and ends after them.
      const parent = reaped[0]?.parent ?? NaN;
      expect(told.map(({ tgid }) => tgid)).toEqual([...reaped.map(({ pid }) => pid), parent]);
      for (const [index, { status: ended, cpu_us: cpuUs, peak_kib: peakKib }] of reaped.entries()) {
        const exit = told[index] as Told;
        const signals: Readonly<Record<number, string>> = { 9: "SIGKILL", 11: "SIGSEGV", 15: "SIGTERM" };
        expect([exit.ppid, exit.comm, exit.reason, exit.code]).toEqual([
          ...[parent, name],
          ...((ended & 0x7f) === 0 ? ["exited", String(ended >> 8)] : ["signaled", signals[ended & 0x7f]]),
        ]);
        // wait4 reads the time later in the same exit, and rounds both modes down to microseconds.
        expect(exit.cpu_seconds * 1e6).toBeLessThanOrEqual(cpuUs + 2);
        expect(exit.cpu_seconds).toBeGreaterThan(0);
        expect(exit.max_rss_bytes / 1024).toBe(peakKib);
        expect(exit.lifetime_seconds).toBeGreaterThan(0);
      }
    });

    test("shows in columns what passes the filters, and says so on standard error", async () => {
      const name = own("failed");
      running = await start(`--group=${name.slice(0, -1)}*`, "--code=SIGKILL", "--code=3", "--max-lifetime=1h");
      const reaped = await reap(4, name, 0, 0x0300, 9, 0x0400);
      const { status, stdout, stderr } = await running.stop("SIGTERM");
      expect(status).toBe(0);
      expect(stderr).toContain(`(group ${name.slice(0, -1)}*, code SIGKILL or 3, lifetime to 1 h 00 min)`);
      const [header = "", ...lines] = stdout.trimEnd().split("\n");
      expect(header.split(/ {2,}/)).toEqual([
        ...["TIME", "GROUP", "PID", "PARENT", "COMMAND", "HOW"],
        ...["LIFETIME", "CPU", "LONGEST WAIT", "PEAK MEMORY"],
      ]);
      expect(lines.map((line) => line.split(/ {2,}/).slice(1, 6))).toEqual([
        [name, String(reaped[1]?.pid), String(reaped[1]?.parent), name, "exit 3"],
        [name, String(reaped[2]?.pid), String(reaped[2]?.parent), name, "SIGKILL"],
      ]);
    });

    test("tells in place how many events were lost, so that none is missing from the sum", async () => {
      // Its buffer holds all: it says how many threads exited while the other one listened.
      program = await startProgram();
      const name = own("storm");
      running = await start("--json", "--exits.receive-buffer=1KiB", `--group=${name}`);
      const reaped = await reap(400, name, 0);
      const { status, stdout } = await running.stop();
      const page = await program.scrape();
      expect([status, page.value("taskstats_exporter_exit_events_lost_total")]).toEqual([0, 0]);
      const told = parseLines(stdout) as readonly Told[];
      const shown = told.flatMap(({ tgid, lost }) => (lost === undefined ? [tgid] : []));
      const lost = told.reduce((sum, { lost: count = 0 }) => sum + count, 0);
      expect(lost).toBeGreaterThan(0);
      expect(new Set(shown).size).toBe(shown.length);
      const pids = new Set([...reaped.map(({ pid }) => pid), reaped[0]?.parent]);
      expect(shown.filter((tgid) => !pids.has(tgid))).toEqual([]);
      expect(shown.length + lost).toBeGreaterThanOrEqual(pids.size);
      expect(shown.length + lost).toBeLessThanOrEqual(page.value("taskstats_exporter_exit_events_total") ?? 0);
    });

    test("ends by itself when its reader has gone, also where nothing is to be shown", async () => {
      for (const rest of ["--json | head -n 1", `--group=${own("nobody")} | head -n 1`]) {
        const { stdout, stderr } = await runIn(`"$@" ${rest}; echo ended "\${PIPESTATUS[0]}"`);
        expect(stdout.trimEnd().split("\n")).toEqual([expect.stringMatching(/^(\{"time"|TIME )/), "ended 0"]);
        expect(stderr).not.toMatch(/EPIPE|slow/);
      }
    });

    test("counts the exits for which the reader is too slow, tells them in place, and shows all others", async () => {
      const [name, count] = [own("slow"), 2500];
      // Lines of 10,000 characters, so that few exits fill what may wait.
      const labels = Object.fromEntries(Array.from({ length: 80 }, (_, index) => [`label_${index}`, "x".repeat(110)]));
      const file = config.write({ process_names: [{ name: "slow", comm: [name], labels }] });
      running = await start("--json", file, "--group=slow");
      running.child.stdout?.pause();
      await run(buildWorkload("spawn"), [String(count), "--no-exec", "--comm", name, "--parallel", "4"]);
      let text = "";
      running.child.stdout?.on("data", (chunk: Buffer) => (text += chunk.toString())).resume();
      await until(() => text.includes("not_shown"));
      const { status, stdout } = await running.stop();
      const told = parseLines(stdout) as readonly Told[];
      const shown = told.filter(({ tgid }) => tgid > 0).length;
      const [first = NaN, ...others] = told.flatMap(({ not_shown: exits }) => exits ?? []);
      expect([status, others, told.some(({ lost }) => lost !== undefined)]).toEqual([0, [], false]);
      expect(first).toBeGreaterThan(0);
      expect(shown + first).toBe(count);
    });

    test("says what to do where exit events do not arrive, and ends with status 1", async () => {
      const { status, stdout, stderr } = await runProgram(["events"], { through: ["unshare", "--net"] });
      expect([status, stdout]).toEqual([1, ""]);
      expect(stderr).toMatch(/^taskstats-exporter: (NETWORK_NAMESPACE|FAMILY_MISSING) at .*host's network namespace/m);
    });
  },
  { needs: ["cc", "bash", "unshare"] },
);
