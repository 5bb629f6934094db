/**
 * Law 8 over random lives: the same lives on two kernels, of which one sometimes reports a wait as long as the machine is up (a lie).
 * The pages of both must be the same.
 */

import { setImmediate as turnOfTheLoop } from "node:timers/promises";
import { describe, expect, test } from "@jest/globals";
import { fc } from "../support/properties.ts";
import { delayKinds, type DelayKind } from "../../src/fields/fields.ts";
import { createFakeKernel, type FakeKernel, type FakeKernelOptions } from "../support/fake-kernel.ts";
import { startFakeExporter, type FakeExporter } from "../support/fake-exporter.ts";
import { oddRunTime } from "../support/odd-run-time.ts";
import { createFalls } from "../support/falls.ts";
import type { ScrapedPage } from "../support/page.ts";

/** What happens next; `which` chooses among the threads that there are. */
interface Step {
  readonly what:
    "fork" | "thread" | "wait" | "lie" | "end" | "begin end" | "finish end" | "end all" | "exec" | "scrape";
  readonly which: number;
  readonly kind: DelayKind;
  readonly us: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  what: fc.constantFrom<Step["what"][]>(
    ...(["fork", "thread", "thread", "wait", "wait", "wait", "lie", "lie", "lie"] as const),
    ...(["end", "begin end", "finish end", "end all", "exec", "scrape", "scrape", "scrape"] as const),
  ),
  which: fc.nat(1000),
  kind: fc.constantFrom(...delayKinds),
  us: fc.integer({ min: 1, max: 9000 }),
});

const stepUs = 10_000;

/** The same lives on both kernels: ids are given out in the same order. */
interface Twin {
  readonly kernel: FakeKernel;
  readonly fake: FakeExporter;
  readonly lies: boolean;
}

function threadsOf({ kernel }: Twin, state: string): readonly number[] {
  const own = [...kernel.processes.values()].filter(({ tgid }) => tgid !== kernel.self);
  return own.flatMap(({ threads }) =>
    [...threads.values()].filter((thread) => thread.state === state).map(({ tid }) => tid),
  );
}

/** A thread came to a CPU and ran, equally long on both kernels. */
const ran = ({ kernel }: Twin) => ({
  cpu_count: 1,
  cpu_run_virtual_total: oddRunTime(kernel.clock.monotonicUs() / stepUs),
});

/** A thread waited, and then came to a CPU. */
function wait({ kernel }: Twin, tid: number, kind: DelayKind, ns: number): void {
  const { figures } = kernel.thread(tid);
  kernel.add(tid, {
    [`${kind}_count`]: 1,
    [`${kind}_delay_total`]: ns,
    ...(ns > 0 && kind !== "cpu" ? { cpu_count: 1 } : {}),
  });
  figures[`${kind}_delay_max`] = Math.max(figures[`${kind}_delay_max`] ?? 0, ns);
}

interface Trial {
  /** A thread other than the main one has exec'd. */
  hasHeir: boolean;
  /** Threads with a lie since their last record, by kind: a record holds at most one lie of a kind. */
  readonly lied: Set<string>;
  readonly waited: Set<string>;
  /** Whether true waits may be in the record that holds a lie. */
  readonly mixed: boolean;
  /** How long the machine was up before the lives began, which is longer than any of them. Sums of some such waits are still exact numbers. */
  readonly uptimeNs: number;
}

function play(twin: Twin, { what, which, kind, us }: Step, trial: Trial): void {
  const { kernel, lies } = twin;
  const pick = (tids: readonly number[]): number | undefined => tids[which % Math.max(tids.length, 1)];
  const running = pick(threadsOf(twin, "running"));
  const ending = pick(threadsOf(twin, "ending"));
  const processOf = (tid: number) => [...kernel.processes.values()].find(({ threads }) => threads.has(tid));
  const process = running === undefined ? undefined : processOf(running);
  const isWhole = process !== undefined && [...process.threads.values()].every(({ state }) => state !== "ending");
  const key = `${running} ${kind}`;
  kernel.advance(stepUs);
  if (what === "fork") kernel.add(kernel.fork({ comm: "born" }).tgid, ran(twin));
  if (what === "finish end" && ending !== undefined) kernel.finishEnd(ending);
  if (running === undefined || process === undefined) return;
  if (what === "thread") kernel.add(kernel.startThread(process.tgid).tid, ran(twin));
  if (what === "end") kernel.endThread(running);
  if (what === "begin end") kernel.beginEnd(running);
  if (what === "end all" && isWhole) kernel.endProcess(process.tgid, { leaderFirst: which % 2 === 0 });
  if (what === "exec" && isWhole) {
    if (running !== process.tgid) trial.hasHeir = true;
    kernel.exec(running, { comm: `exec${which % 2}` });
    // The thread goes on under the leader's id, with what it did since its last record.
    for (const other of delayKinds)
      for (const noted of [trial.lied, trial.waited]) noted.add(`${process.tgid} ${other}`);
  }
  if (what === "wait" && (trial.mixed || !trial.lied.has(key))) {
    trial.waited.add(key);
    kernel.add(running, ran(twin));
    wait(twin, running, kind, us * 1000);
  }
  // Each step of a thread is also a wait for a CPU, if of length 0.
  const alone = kind !== "cpu" && !trial.waited.has(key);
  if (what === "lie" && !trial.lied.has(key) && (trial.mixed || alone)) {
    trial.lied.add(key);
    kernel.add(running, ran(twin));
    if (lies) wait(twin, running, kind, trial.uptimeNs + kernel.clock.monotonicUs() * 1000);
    // What `wait` counts as well: the thread came to a CPU.
    else if (kind !== "cpu") kernel.add(running, { cpu_count: 1 });
  }
}

/** Two processes that are older than the exporter; on one kernel their threads have false waits already. */
function begin(twin: Twin, { mixed, uptimeNs }: Trial): void {
  for (const threads of [1, 3]) {
    const { tgid } = twin.kernel.fork({ comm: `old${threads}`, figures: { cpu_count: 5, cpu_run_virtual_total: 1e6 } });
    for (let more = 1; more < threads; more++) twin.kernel.startThread(tgid, { figures: { cpu_count: 5 } });
    twin.kernel.advance(1e6);
    for (const { tid } of twin.kernel.processes.get(tgid)?.threads.values() ?? []) {
      if (mixed) wait(twin, tid, "blkio", 3e8);
      if (twin.lies) wait(twin, tid, "blkio", uptimeNs + twin.kernel.clock.monotonicUs() * 1000);
      else twin.kernel.add(tid, { cpu_count: 1 });
    }
  }
  twin.kernel.advance(1e9);
}

async function startTwin(options: FakeKernelOptions, lies: boolean, trial: Trial): Promise<Twin> {
  const kernel = createFakeKernel(options);
  const early: Twin = { kernel, lies, fake: undefined as never };
  begin(early, trial);
  return { ...early, fake: await startFakeExporter(kernel) };
}

/** All series of the groups except the maxima, since a false wait hides a true maximum. */
function figuresOf(page: ScrapedPage, left: RegExp): Record<string, number> {
  const isFigure = ([series]: readonly [string, number]): boolean =>
    !/^taskstats_(exporter|delay_max)/.test(series) && !left.test(series);
  return Object.fromEntries([...page.series].filter(isFigure));
}

/** The series with this beginning that are above the true ones. */
function findAbove(beginning: string, page: ScrapedPage, truth: ScrapedPage): string[] {
  return [...page.series]
    .filter(([series, value]) => series.startsWith(beginning) && value > (truth.series.get(series) ?? 0))
    .map(([series, value]) => `${series} ${value}`);
}

/** Waits for the resync after a loss: if it were still running, it would see the next lives begin. */
async function rest({ exporter }: FakeExporter): Promise<void> {
  await turnOfTheLoop();
  await turnOfTheLoop();
  await exporter.collect();
}

interface Outcome {
  readonly refused: number;
  readonly told: number;
}

const nothing = /^$/;

/** Plays the steps on both kernels and compares their pages. @param keep which events arrive, in turn */
async function compare(
  options: FakeKernelOptions,
  steps: readonly Step[],
  trial: Trial,
  keep?: readonly boolean[],
): Promise<Outcome> {
  const twins = [await startTwin(options, true, trial), await startTwin(options, false, trial)] as const;
  // A lost record leaves its lie in the sums of the process, whose waits are not known then. If the record may be that of a thread
  // that exec'd, it is not known either whose waits the figures of the leader's id continue.
  const leftOut = (): RegExp => {
    if (keep === undefined) return nothing;
    return trial.hasHeir
      ? /^taskstats_(process_delay_seconds|delay_seconds|delays_)/
      : /^taskstats_process_delay_seconds/;
  };
  const falls = createFalls();
  let told = 0;
  const scrape = async (): Promise<ScrapedPage> => {
    const [page, truth] = [await twins[0].fake.scrape(), await twins[1].fake.scrape()];
    const left = leftOut();
    expect(figuresOf(page, left)).toEqual(figuresOf(truth, left));
    // With the row of another thread a true maximum may be hidden.
    const bounded = ["taskstats_delay_seconds", "taskstats_delays_", ...(trial.hasHeir ? [] : ["taskstats_delay_max"])];
    for (const series of bounded) expect(findAbove(series, page, truth)).toEqual([]);
    falls.note(page);
    expect(falls.found).toEqual([]);
    trial.lied.clear();
    trial.waited.clear();
    for (const { fake } of twins) await rest(fake);
    return page;
  };
  try {
    for (const { kernel } of twins) {
      let event = 0;
      kernel.faults.pass = (datagram, kind) =>
        kind !== "event" || (keep?.[event++ % keep.length] ?? true) ? datagram : undefined;
    }
    for (const next of steps) {
      if (next.what === "scrape") await scrape();
      const before = { lied: new Set(trial.lied), waited: new Set(trial.waited) };
      play(twins[1], next, { ...trial, ...before });
      const { size } = trial.lied;
      play(twins[0], next, trial);
      // Interrupts have no series before the first plausible one.
      if (next.what === "lie" && next.kind !== "irq") told += trial.lied.size - size;
    }
    const page = await scrape();
    const refused = (labels = {}): number => page.sum("taskstats_exporter_implausible_delays_total", labels);
    return { refused: refused() - refused({ kind: "irq" }), told };
  } finally {
    for (const { fake } of twins) fake.stop();
  }
}

const limits = { numRuns: 20, endOnFailure: true, interruptAfterTimeLimit: 20_000 } as const;
const lives = fc.array(step, { minLength: 20, maxLength: 60 });
const uptime = fc.integer({ min: 5000, max: 1e6 }).map((seconds) => seconds * 1e9);
const createTrial = (mixed: boolean, uptimeNs: number): Trial => ({
  hasHeir: false,
  lied: new Set(),
  waited: new Set(),
  mixed,
  uptimeNs,
});

describe.each([
  ["6.18", { structVersion: 16 }, true],
  ["7.2", { structVersion: 17 }, true],
  ["6.14, whose struct has its own layout", { structVersion: 15 }, true],
  ["6.12, which tells no longest wait", { structVersion: 14 }, false],
  ["6.1", { structVersion: 13, deadThreadsKept: false, groupVersionZero: true }, false],
  ["2.6.21", { structVersion: 4, deadThreadsKept: false, groupVersionZero: true }, false],
] as const)("on a kernel like %s", (_name, options, mixed) => {
  test("waits as long as the machine is up are counted, and leave the page as it is without them", async () => {
    await fc.assert(
      fc.asyncProperty(lives, uptime, async (steps, uptimeNs) => {
        const { refused, told } = await compare(options, steps, createTrial(mixed, uptimeNs));
        // An older struct does not have all kinds.
        if (options.structVersion >= 14) expect(refused).toBe(told);
        else expect(refused).toBeLessThanOrEqual(told);
      }),
      limits,
    );
  });
});

test("where exit events are lost too, false waits leave the page as it is without them, and never make a figure larger", async () => {
  await fc.assert(
    fc.asyncProperty(
      lives,
      uptime,
      fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }),
      async (steps, uptimeNs, keep) => {
        await compare({}, steps, createTrial(true, uptimeNs), keep);
      },
    ),
    limits,
  );
});
