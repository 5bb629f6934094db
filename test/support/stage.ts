/**
 * Runs workloads that stay while the test looks at them (workloads/stage.h), and asks the kernel for their delays by
 * the oracle workloads/delays.c, which shares nothing with this project's tables.
 */

import { afterAll, afterEach, beforeAll, expect } from "@jest/globals";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { readFileSync, readdirSync } from "node:fs";
import { createInterface } from "node:readline";
import { setImmediate } from "node:timers/promises";
import type { ScrapedPage } from "./page.ts";
import { execFileSync, spawn } from "./processes.ts";
import { startProgram, type Program } from "./program.ts";
import { buildWorkload } from "./workloads.ts";

/** Nanoseconds; `max` is undefined where the struct has none. */
export interface Delay {
  readonly count: number | undefined;
  readonly total: number | undefined;
  readonly max: number | undefined;
}

/** By kind. */
export type Delays = Readonly<Record<string, Delay>>;

export interface Stage {
  /** The worker's id. Its group has its name. */
  readonly pid: number;
  readonly groupname: string;
  /** How much work the worker did, as it counted itself. */
  readonly amount: number;
  /** The other figures of its line, by key. */
  readonly told: Readonly<Record<string, number>>;
  /** The kernel's figures of each of its threads. */
  ask(): Delays[];
  /** Lets the worker end. It is not reaped until `close`. @returns the last record of each of its threads */
  end(): Promise<Delays[]>;
  /** Ends and reaps everything. May be called again. */
  close(): Promise<void>;
}

/** A workload, and the program that was started before it. */
export interface WatchedStage extends Stage {
  scrape(): Promise<ScrapedPage>;
}

/**
 * Within a `describe`: starts the program for all its tests, after what was registered before, and returns a function that starts
 * `workloads/NAME.c`, which ends with the test. Each is a group of its own.
 */
export function useStage(): (name: string, ...args: readonly string[]) => Promise<WatchedStage> {
  let program: Program;
  let stage: Stage | undefined;
  let count = 0;
  beforeAll(async () => {
    // With no polls between scrapes, none sees a worker before it has its name.
    program = await startProgram(["--discovery.interval=1h"]);
  });
  afterEach(async () => {
    await stage?.close();
    stage = undefined;
  });
  afterAll(() => program.stop());
  return async (name, ...args) => {
    refusedBefore = refusedOf(await program.scrape());
    stage = await startStage(name, `${name}${(count++).toString(36)}-${process.pid}`, args);
    return { ...stage, scrape: () => program.scrape() };
  };
}

/** Starts `workloads/NAME.c` and waits until its worker has done its work and sleeps. */
async function startStage(name: string, groupname: string, args: readonly string[]): Promise<Stage> {
  const child = spawn(buildWorkload(name), [...args, "--comm", groupname]);
  const nextLine = readLines(child);
  const { pid = 0, ...rest } = await nextLine<Record<string, number>>();
  await sleeping(pid);
  const threads = (): string[] => readdirSync(`/proc/${pid}/task`);
  return {
    pid,
    groupname,
    amount: Object.values(rest)[0] ?? NaN,
    told: rest,
    ask: () => askKernel(threads()),
    async end() {
      const { records, stop } = await listenForEnds(threads());
      try {
        child.stdin.write("\n");
        await nextLine();
        return await records();
      } finally {
        stop();
      }
    },
    close: () => close(child),
  };
}

/** Reads a program's output, one JSON object at a time. The program's exit is an error with what it wrote to stderr. */
function readLines(child: ChildProcessWithoutNullStreams): <T>() => Promise<T> {
  let complaint = "";
  child.stderr.on("data", (chunk: Buffer) => (complaint += chunk.toString()));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return async <T>() => {
    const { done, value } = (await lines.next()) as IteratorResult<string, undefined>;
    if (done === true) throw new Error(`${child.spawnfile} ended: ${complaint}`);
    return JSON.parse(value) as T;
  };
}

async function close(child: ChildProcessWithoutNullStreams): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, "close");
  child.stdin.on("error", () => undefined); // it may be gone already
  child.stdin.end();
  await closed;
}

/**
 * Waits until every thread sleeps in its read of stdin. The state S is not enough: a thread that lost the CPU on its
 * way to sleep has it too. /proc/PID/syscall waits until the thread is off the run queue; its second word is the
 * descriptor.
 */
async function sleeping(pid: number): Promise<void> {
  const read = (tid: string, file: string): string => readFileSync(`/proc/${pid}/task/${tid}/${file}`, "utf8");
  const sleeps = (tid: string): boolean => read(tid, "stat").includes(") S ") && /^\d+ 0x0 /.test(read(tid, "syscall"));
  while (!readdirSync(`/proc/${pid}/task`).every(sleeps)) await setImmediate();
}

interface Answer {
  readonly kinds: Delays;
}

function askKernel(tids: readonly string[]): Delays[] {
  const lines = execFileSync(buildWorkload("delays"), tids, { encoding: "utf8" }).trimEnd().split("\n");
  return lines.map((line) => (JSON.parse(line) as Answer).kinds);
}

interface Listener {
  /** The last record of each of the threads, once all have ended. */
  records(): Promise<Delays[]>;
  stop(): void;
}

/** Listens for the exit events of threads. None is missed once this has returned. */
async function listenForEnds(tids: readonly string[]): Promise<Listener> {
  const listener = spawn(buildWorkload("delays"), ["--ends", ...tids]);
  const nextLine = readLines(listener);
  await nextLine();
  return {
    async records() {
      const records: Delays[] = [];
      while (records.length < tids.length) records.push((await nextLine<Answer>()).kinds);
      return records;
    },
    stop: () => void listener.kill("SIGKILL"),
  };
}

/** The figures that a group of these threads must show: sums of counts and totals, and the largest maximum. */
function addDelays(threads: readonly Delays[], kind: string): Delay {
  const column = (key: keyof Delay): number[] => threads.map((delays) => delays[kind]?.[key] ?? NaN);
  const add = (key: keyof Delay): number => column(key).reduce((sum, value) => sum + value, 0);
  return absentIfUnknown({ count: add("count"), total: add("total"), max: Math.max(...column("max")) });
}

/** The figures that the page shows of a group. */
export function shownDelay(page: ScrapedPage, groupname: string, kind: string): Delay {
  const value = (name: string): number => page.value(name, { groupname, kind }) ?? NaN;
  return absentIfUnknown({
    count: value("taskstats_delays_total"),
    total: Math.round(value("taskstats_delay_seconds_total") * 1e9),
    max: Math.round(value("taskstats_delay_max_seconds") * 1e9),
  });
}

/** Every kind but interrupts, which has a series only on kernels that account them. */
const kinds = ["cpu", "blkio", "swapin", "freepages", "thrashing", "compact", "wpcopy"] as const;

/** Time of waits that the program has refused since it started, by kind, in nanoseconds. It may have refused a part of a wait alone. */
const refusedOf = (page: ScrapedPage): ReadonlyMap<string, number> =>
  new Map(kinds.map((kind) => [kind, 1e9 * page.sum("taskstats_exporter_implausible_delay_seconds_total", { kind })]));

/** The same when the stage began. */
let refusedBefore: ReadonlyMap<string, number> = new Map();

/**
 * Expects the page to show of a group, kind by kind, what the kernel said of these threads. No others may be in the
 * group. Where the program has refused waits of a kind meanwhile, the kernel's total is too high (false-waits.test.ts), at most by
 * what was refused.
 */
export function expectShown(page: ScrapedPage, groupname: string, threads: readonly Delays[]): void {
  const refused = refusedOf(page);
  const isTrue = (kind: string): boolean => refused.get(kind) === (refusedBefore.get(kind) ?? 0);
  const table = (delayOf: (kind: string) => Delay) =>
    Object.fromEntries(kinds.filter(isTrue).map((kind) => [kind, delayOf(kind)]));
  expect(table((kind) => shownDelay(page, groupname, kind))).toEqual(table((kind) => addDelays(threads, kind)));
  for (const kind of kinds.filter((one) => !isTrue(one))) {
    const missing = (addDelays(threads, kind).total ?? NaN) - (shownDelay(page, groupname, kind).total ?? NaN);
    expect(missing).toBeGreaterThanOrEqual(0);
    // Figures on the page are rounded in their last digits.
    expect(missing).toBeLessThanOrEqual((refused.get(kind) ?? NaN) - (refusedBefore.get(kind) ?? 0) + 10);
  }
}

function absentIfUnknown({ count, total, max }: { count: number; total: number; max: number }): Delay {
  const known = (value: number): number | undefined => (Number.isNaN(value) ? undefined : value);
  return { count: known(count), total: known(total), max: known(max) };
}
