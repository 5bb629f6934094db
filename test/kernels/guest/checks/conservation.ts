/** Law 1: the page shows of exited processes what wait4 says of the same children. */

import { setTimeout as delay } from "node:timers/promises";
import type { Check } from "../check.ts";
import { readGroup, type GroupFigures } from "../figures.ts";
import type { Verdict } from "../verdict.ts";
import { runWorkload, startWorkload, workloadPath, type Usage } from "../workload.ts";

/** Since this struct version a record has the process's age. */
const lifetimeSince = 12;

interface Expected {
  readonly usage: Usage;
  readonly processes: number;
  /** Exits of threads, including the last one of each process. */
  readonly threadEnds: number;
  readonly structVersion: number;
  /**
   * Threads that may have been in the middle of their exit when a scrape saw their process. The kernel counts them
   * twice then, and a counter that has shown it does not fall. 0 for processes that no scrape saw alive.
   */
  readonly dying: number;
}

/** More than a thread of churn has. */
const dyingThread = { switches: 8, cpuSeconds: 0.001 } as const;

function compareCounts(verdict: Verdict, got: GroupFigures, { processes, threadEnds, structVersion }: Expected): void {
  verdict.equal("process exits", got.exits, processes);
  verdict.equal("process starts", got.starts, processes);
  verdict.equal("thread exits", got.threadExits, threadEnds);
  verdict.equal("live processes", got.processes, 0);
  verdict.equal("live threads", got.threads, 0);
  verdict.equal("processes in the CPU histogram", got.cpuHistogramCount, processes);
  verdict.equal("processes in the lifetime histogram", got.lifetimes, structVersion < lifetimeSince ? 0 : processes);
}

/**
 * The last voluntary switch of a task comes after its record. One task in fifty has two such switches, since it
 * waits for a lock during its exit. Involuntary switches come after the record too, several on a busy machine.
 */
function compareSwitches(verdict: Verdict, got: GroupFigures, { usage, threadEnds, dying }: Expected): void {
  const twice = dying * dyingThread.switches;
  const voluntary = { least: usage.nvcsw - threadEnds * 1.02, most: usage.nvcsw + twice };
  verdict.within("voluntary switches", got.voluntary, voluntary);
  const involuntary = { least: usage.nivcsw - 4 * threadEnds, most: usage.nivcsw + twice };
  verdict.within("involuntary switches", got.involuntary, involuntary);
}

/**
 * A tick that comes while a record is filled is in one of its fields and not in the other. On a busy host these are
 * a tenth of all ticks.
 */
const tickSeconds = 0.004;
const tickShare = 0.15;

/**
 * The exporter adds at most a tick at the exit of a thread; wait4 has that time only for the last thread of a
 * process. The histogram shares out what ticks had told until then, the counter what they tell in the end.
 */
function compareTimes(verdict: Verdict, got: GroupFigures, { usage, processes, threadEnds, dying }: Expected): void {
  const waited = (usage.utime_us + usage.stime_us + 2 * processes) / 1e6;
  const most = waited + threadEnds * tickSeconds;
  verdict.within("CPU seconds against wait4's", got.cpuRun, { least: waited / 2, most });
  verdict.within("CPU seconds of the histogram against the counter", got.cpuHistogramSum, {
    least: got.cpuRun - threadEnds * tickSeconds - dying * dyingThread.cpuSeconds,
    most: got.cpuRun + threadEnds * tickSeconds,
  });
  const rounding = (2 * threadEnds) / 1e6 + tickSeconds * (4 + threadEnds / 100) + tickShare * got.cpuReal;
  verdict.within("CPU seconds by mode against their sum", got.cpuModes, {
    least: got.cpuReal - rounding,
    most: got.cpuReal + rounding,
  });
}

/** Compares a group whose processes all started and exited since the program started. */
export function compareEnded(verdict: Verdict, got: GroupFigures, expected: Expected): void {
  const { usage } = expected;
  compareCounts(verdict, got, expected);
  verdict.equal("minor faults", got.minorFaults, usage.minflt);
  verdict.equal("major faults", got.majorFaults, usage.majflt);
  compareSwitches(verdict, got, expected);
  compareTimes(verdict, got, expected);
  verdict.count("process exits", got.exits);
  verdict.count("thread exits", got.threadExits);
  verdict.count("minor faults", `${got.minorFaults} of ${usage.minflt}`);
  verdict.count("voluntary switches", `${got.voluntary} of ${usage.nvcsw}`);
  verdict.count("involuntary switches", `${got.involuntary} of ${usage.nivcsw}`);
  verdict.count("CPU ms", `${Math.round(got.cpuRun * 1e3)} of ${Math.round((usage.utime_us + usage.stime_us) / 1e3)}`);
}

const processes = 500;

const shortLived: Check = {
  title: `bills ${processes} processes that no scrape saw, each once, with exactly wait4's page faults`,
  async run(verdict, { program, facts: { structVersion } }) {
    const command = ["--comm", "brief", "--", "/bin/busybox", "true"];
    const usage = await runWorkload("spawn", String(processes), "--parallel", "2", ...command);
    const got = readGroup(await program.scrape(), "brief");
    compareEnded(verdict, got, { usage, processes, threadEnds: processes, structVersion, dying: 0 });
  },
};

const crews = 40;
const threads = 8;

function threaded(comm: string, title: string, ...flags: string[]): Check {
  return {
    title,
    async run(verdict, { program, facts: { structVersion } }) {
      const args = [String(crews), String(threads), "--faults", "50", "--comm", comm, ...flags];
      const usage = await runWorkload("threads", ...args);
      const page = await program.scrape();
      const threadEnds = crews * (threads + 1);
      compareEnded(verdict, readGroup(page, comm), { usage, processes: crews, threadEnds, structVersion, dying: 0 });
    },
  };
}

const leastEnds = 300;

/** The threads live for a millisecond, so that a list of threads has only a few of them. */
const flurry: Check = {
  title: `bills a process of ${leastEnds} and more short threads that no scrape saw, each to that process`,
  async run(verdict, { program, eyes, facts: { structVersion } }) {
    const begin = eyes.countEvents();
    const command = ["1", "--comm", "flurry", "--", workloadPath("churn"), "--threads"];
    const workload = await startWorkload(["spawn", ...command], { nice: true });
    while (eyes.countEvents() < begin + leastEnds) await delay(10);
    const [churned, usage] = (await workload.finish()) as [{ readonly threads: number }, Usage];
    const got = readGroup(await program.scrape(), "flurry");
    verdict.within("thread ends", churned.threads, { least: leastEnds / 2, most: Infinity });
    compareEnded(verdict, got, { usage, processes: 1, threadEnds: churned.threads, structVersion, dying: 0 });
  },
};

/** The checks of law 1 on processes that only exit events show. */
export const conservation: readonly Check[] = [
  shortLived,
  threaded("crew", `bills ${crews} processes of ${threads} threads and a main one, each thread's end counted`),
  threaded("orphans", "bills as many whose main thread ends first", "--leader-first"),
  flurry,
];
