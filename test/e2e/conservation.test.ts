/**
 * Conservation up to Prometheus: many different processes run on a busy machine, and one Prometheus scrapes each second. Then
 * every counter in Prometheus is compared with what wait4 said. Each test, and docs/metrics.md in "What the far end holds of a
 * process", says what may differ and by how much.
 */

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { findDebianProgram } from "../debian/programs.ts";
import { findProgram } from "../support/command.ts";
import { useConfigFile } from "../support/config-file.ts";
import { own } from "../support/life.ts";
import { execFile, spawn } from "../support/processes.ts";
import { startProgram, type Program } from "../support/program.ts";
import { rise, scrapeEvery, startServer, type PrometheusServer } from "../support/prometheus-server.ts";
import { describeKernel } from "../support/real-kernel.ts";
import { diskFolder } from "../support/run-folders.ts";
import { buildWorkload } from "../support/workloads.ts";

/** What tally.c prints of a command. */
interface Tally {
  readonly status: number;
  readonly minflt: number;
  readonly majflt: number;
  readonly nvcsw: number;
  readonly nivcsw: number;
  readonly cpu_us: number;
  readonly inblock: number;
  readonly oublock: number;
  readonly seconds: number;
}

/** Makes links to programs, so that each process has a name that no other process of this machine has. */
interface Folder {
  /** Makes a link to a program. @returns the link's path */
  link(name: string, program: string): string;
}

interface Life {
  /** The name of its group. */
  readonly title: string;
  /** The names of its processes. The first one is the command's own. */
  readonly names: readonly string[];
  /** The program to run, with its arguments. */
  command(folder: Folder): readonly string[];
  /** How many of its processes, itself included, exit with each code or signal. */
  readonly exits: Readonly<Record<string, number>>;
  /** How many threads exit, leaders included. */
  readonly threads: number;
  /** How many tasks live at the same time, at most. */
  readonly alive: number;
}

const path = (program: string): string => findProgram(program) ?? program;

/** A script whose rounds each start a subshell with a command, a pipeline, a substitution, an exit code, and a kill. */
const script = (rounds: number, sh: string, command: string, filter: string): string =>
  `i=0; while [ $i -lt ${rounds} ]; do i=$((i + 1));
    ( ${command}; : ); ${command} | ${filter}; x=$(:); ( exit 3 ); ${sh} -c 'kill -9 $$'; done 2>/dev/null; exit 0`;

/** The exits of so many rounds, and of the shell itself. */
const scriptExits = (rounds: number): Life["exits"] => ({ 0: 5 * rounds + 1, 3: rounds, SIGKILL: rounds });

function scriptLife(names: readonly [string, string, string], rounds: number): Life {
  const [shell, command, filter] = names;
  return {
    title: "script",
    names,
    command: (folder) => {
      const sh = folder.link(shell, path("sh"));
      const text = script(rounds, sh, folder.link(command, path("true")), folder.link(filter, path("cat")));
      return [sh, "-c", text];
    },
    exits: scriptExits(rounds),
    threads: 7 * rounds + 1,
    alive: 4,
  };
}

/** A script in namespaces like a container's: with process ids, mounts, network and IPC of its own. */
function containerLife(names: readonly [string, string, string, string], rounds: number): Life {
  const [outer, ...inner] = names;
  const { command, exits, threads, alive } = scriptLife(inner, rounds);
  return {
    title: "container",
    names,
    command: (folder) => [
      folder.link(outer, path("unshare")),
      ...["--pid", "--fork", "--mount", "--net", "--ipc"],
      ...command(folder),
    ],
    exits: { ...exits, 0: (exits["0"] ?? 0) + 1 },
    threads: threads + 1,
    alive: alive + 1,
  };
}

/** A workload's command under a name of its own. */
const workload =
  (name: string, program: string, args: readonly string[]): Life["command"] =>
  (folder) => [folder.link(name, buildWorkload(program)), ...args];

function describeLives(): readonly Life[] {
  const [threads, leaders, crashes, shorts, reads, writes, busy] = ["ct", "cl", "cc", "cs", "cr", "cw", "cb"].map(
    own,
  ) as [string, string, string, string, string, string, string];
  const file = join(diskFolder(), writes);
  return [
    scriptLife([own("csh"), own("ctr"), own("cca")], 30),
    containerLife([own("cu"), own("cush"), own("cutr"), own("cuca")], 10),
    {
      title: "threads",
      names: [threads],
      command: workload(threads, "threads", ["20", "4", "--faults", "50", "--comm", threads]),
      exits: { 0: 21 },
      threads: 101,
      alive: 6,
    },
    {
      title: "leaders that end before their threads",
      names: [leaders],
      command: workload(leaders, "threads", ["10", "3", "--leader-first", "--comm", leaders]),
      exits: { 0: 11 },
      threads: 41,
      alive: 5,
    },
    {
      title: "crashes",
      names: [crashes],
      command: workload(crashes, "spawn", ["50", "--comm", crashes, "--exit-codes", "0,1,42", "--signals", "11,9"]),
      exits: { 0: 11, 1: 10, 42: 10, SIGSEGV: 10, SIGKILL: 10 },
      threads: 52,
      alive: 3,
    },
    {
      title: "short programs",
      names: [shorts],
      command: workload(shorts, "spawn", ["100", "--parallel", "4", "--comm", shorts, "--", path("true")]),
      exits: { 0: 101 },
      threads: 101,
      alive: 5,
    },
    {
      title: "reads past the cache",
      names: [reads],
      command: workload(reads, "direct", ["200", diskFolder(), "--comm", reads, "--threads", "2"]),
      exits: { 0: 2 },
      threads: 3,
      alive: 3,
    },
    {
      title: "writes past the cache",
      names: [writes],
      command: (folder) => [
        folder.link(writes, path("dd")),
        ...["if=/dev/zero", `of=${file}`, "bs=4k", "count=500", "oflag=direct"],
      ],
      exits: { 0: 1 },
      threads: 1,
      alive: 1,
    },
    {
      title: "computing",
      names: [busy],
      command: (folder) => [
        folder.link(busy, path("sh")),
        ...["-c", "i=0; while [ $i -lt 300000 ]; do i=$((i + 1)); done"],
      ],
      exits: { 0: 1 },
      threads: 1,
      alive: 1,
    },
  ];
}

const found = await findDebianProgram({ package: "prometheus", program: "prometheus" });

/** Repeats the check until it holds, for five minutes at most. The tests then say what does not hold. */
async function eventually(holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 300_000;
  while (!(await holds()) && performance.now() < end) await pause(200);
}

const delayKinds = ["cpu", "blkio", "swapin", "freepages", "thrashing", "compact", "wpcopy", "irq"];

/** The longest tick that kernels are built with: HZ 100. */
const tickSeconds = 0.01;

const total = (exits: Life["exits"]): number => Object.values(exits).reduce((sum, count) => sum + count, 0);

describeKernel(
  "what a Prometheus holds of lives under load",
  () => {
    const file = useConfigFile();
    const lives = describeLives();
    const tallies = new Map<Life, Tally>();
    let folder = "";
    let program: Program;
    let server: PrometheusServer;

    /** By how much a metric of a life's group rose, summed over all series with these labels. */
    async function risen(life: Life, metric: string, labels = ""): Promise<number> {
      const series = await server.raw(`${metric}{groupname="${life.title}"${labels}}`);
      return series.reduce((sum, { samples }) => sum + rise(samples), 0);
    }

    async function run(life: Life): Promise<void> {
      const [command, ...args] = life.command({
        link(name, target) {
          const link = join(folder, name);
          symlinkSync(target, link);
          return link;
        },
      });
      const name = life.names[0] ?? "";
      const { stdout } = await execFile(buildWorkload("tally"), [name, command ?? "", ...args]);
      tallies.set(life, JSON.parse(stdout) as Tally);
    }

    beforeAll(async () => {
      folder = mkdtempSync(join(diskFolder(), "lives-"));
      const rules = lives.map(({ title, names }) => ({ name: title, comm: names }));
      program = await startProgram([file.write({ process_names: rules })]);
      server = await startServer(found.path, scrapeEvery(1, [new URL(program.url).host]));
      await eventually(async () => ((await server.raw("taskstats_exporter_build_info"))[0]?.samples.length ?? 0) >= 3);
      const load = [1, 2].map(() => spawn("sh", ["-c", "while :; do :; done"], { stdio: "ignore" }));
      await Promise.all(lives.map(run));
      for (const spinner of load) spinner.kill("SIGKILL");
      const hasRisen = async (name: string, wanted: (life: Life) => number): Promise<boolean> => {
        const rises = await Promise.all(lives.map((life) => risen(life, name)));
        return lives.every((life, index) => (rises[index] ?? 0) >= wanted(life));
      };
      await eventually(() => hasRisen("taskstats_thread_exits_total", ({ threads }) => threads));
      // A histogram's first page has it with 0, and the next one with its value.
      await eventually(() => hasRisen("taskstats_process_lifetime_seconds_count", ({ exits }) => total(exits)));
    });

    afterAll(async () => {
      await server.stop();
      await program.stop();
      rmSync(folder, { recursive: true });
    });

    describe.each(lives)("$title", (life) => {
      const tally = (): Tally => tallies.get(life) as Tally;

      test("every process and thread exit is counted once, with its reason", async () => {
        const exits: Record<string, number> = {};
        for (const code of Object.keys(life.exits)) {
          exits[code] = await risen(life, "taskstats_process_exits_total", `,code="${code}"`);
        }
        expect(exits).toEqual(life.exits);
        expect(await risen(life, "taskstats_process_exits_total")).toBe(total(life.exits));
        expect(await risen(life, "taskstats_process_lifetime_seconds_count")).toBe(total(life.exits));
        expect(await risen(life, "taskstats_thread_exits_total")).toBe(life.threads);
      });

      test("page faults are exactly those of wait4", async () => {
        const { minflt, majflt } = tally();
        expect({
          minflt: await risen(life, "taskstats_page_faults_total", `,kind="minor"`),
          majflt: await risen(life, "taskstats_page_faults_total", `,kind="major"`),
        }).toEqual({ minflt, majflt });
      });

      test("context switches are those of wait4, except the last ones of each process", async () => {
        const { nvcsw, nivcsw } = tally();
        const processes = total(life.exits);
        const lacks = async (kind: string, all: number): Promise<number> =>
          all - (await risen(life, "taskstats_context_switches_total", `,kind="${kind}"`));
        const [voluntary, involuntary] = [await lacks("voluntary", nvcsw), await lacks("involuntary", nivcsw)];
        // A process's last switch comes after its record, and sometimes a sleep while its files are closed.
        expect(voluntary).toBeGreaterThanOrEqual(0);
        expect(voluntary).toBeLessThanOrEqual(1.1 * processes + 5);
        // It may also lose its CPU while it frees what it had, after its record: here and there more than once.
        expect(involuntary).toBeGreaterThanOrEqual(0);
        expect(involuntary).toBeLessThanOrEqual(1.1 * processes + 5);
      });

      test("CPU time is wait4's, less what comes after each record, within one tick for each thread that slept", async () => {
        const told = tally().cpu_us / 1e6;
        const shown = await risen(life, "taskstats_cpu_run_seconds_total");
        expect(shown).toBeGreaterThanOrEqual(0.75 * told);
        // Only processes with several threads, or that wait for others, sleep. The run time of all others is known to some microseconds.
        const sleepers = life.alive === 1 ? 0 : life.threads;
        expect(shown).toBeLessThanOrEqual(1.05 * told + tickSeconds * sleepers);
      });

      test("bytes of storage are those of wait4, within the rounding for each thread", async () => {
        const { inblock, oublock } = tally();
        // The kernel rounds a record's bytes down to 1024, and wait4's to 512.
        const rounded = 1024 * life.threads;
        const bytes = async (way: string): Promise<number> => risen(life, `taskstats_storage_${way}_bytes_total`);
        expect(Math.abs((await bytes("read")) - 512 * inblock)).toBeLessThanOrEqual(rounded);
        expect(Math.abs((await bytes("written")) - 512 * oublock)).toBeLessThanOrEqual(rounded);
      });

      test("no delay, nor CPU delay and run time together, is longer than the tasks lived", async () => {
        const lived = tally().seconds * life.alive;
        for (const kind of delayKinds) {
          expect(await risen(life, "taskstats_delay_seconds_total", `,kind="${kind}"`)).toBeLessThanOrEqual(lived);
        }
        const waited = await risen(life, "taskstats_delay_seconds_total", ',kind="cpu"');
        expect(waited).toBeGreaterThan(0);
        expect(waited + (await risen(life, "taskstats_cpu_run_seconds_total"))).toBeLessThanOrEqual(lived);
      });
    });
  },
  { needs: ["cc", "unshare"], obstacle: found.obstacle },
);
