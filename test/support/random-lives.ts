/**
 * Plays random lives on a fake kernel and keeps books beside it, so that the figures of all tasks together are known
 * to the unit.
 */

import { fc } from "./properties.ts";
import type { FakeKernel } from "./fake-kernel.ts";
import { oddRunTime } from "./odd-run-time.ts";
import type { ScrapedPage } from "./page.ts";

/** The next step; `which` chooses among the tasks that there are. */
export interface Step {
  readonly what:
    | "fork" | "thread" | "work" | "end" | "begin end" | "finish end" | "end all" | "reap" | "exec" | "rename" | "scrape"
    | "reuse"; // prettier-ignore
  readonly which: number;
  readonly amount: number;
}

/** All steps, the usual ones more often. */
export const step: fc.Arbitrary<Step> = fc.record({
  what: fc.constantFrom<Step["what"][]>(
    ...([
      "fork",
      "fork",
      "thread",
      "thread",
      "work",
      "work",
      "work",
      "work",
      "end",
      "begin end",
      "finish end",
    ] as const),
    ...(["end all", "reap", "exec", "rename", "scrape", "scrape", "scrape", "reuse"] as const),
  ),
  which: fc.nat(1000),
  amount: fc.integer({ min: 1, max: 500 }),
});

/** By member, the sums over all tasks that ever ran since `start`. */
export interface Truth {
  minflt: number;
  cpu: number;
  switches: number;
  processEnds: number;
  threadEnds: number;
  starts: number;
}

/** Plays steps on a kernel and keeps the books. */
export function createPlayer(kernel: FakeKernel) {
  const truth: Truth = { minflt: 0, cpu: 0, switches: 0, processEnds: 0, threadEnds: 0, starts: 0 };
  const retired: number[] = [];
  let lastOfScrape = 0;
  const pick = <T>(items: readonly T[], which: number): T | undefined => items[which % Math.max(items.length, 1)];
  const own = () => [...kernel.processes.values()].filter(({ tgid }) => tgid !== kernel.self);
  const alive = () => own().filter(({ zombie }) => !zombie);
  const threads = (state: string) =>
    alive().flatMap((process) => [...process.threads.values()].filter((thread) => thread.state === state));
  const running = (tgid: number) =>
    [...(kernel.processes.get(tgid)?.threads.values() ?? [])].filter(({ state }) => state === "running");

  function work(tid: number, amount: number): void {
    truth.minflt += amount;
    truth.cpu++;
    truth.switches++;
    kernel.add(tid, {
      ac_minflt: amount,
      cpu_count: 1,
      cpu_run_virtual_total: oddRunTime(truth.cpu),
      nvcsw: 1,
      ac_utime: amount,
    });
  }

  function fork(tgid?: number): void {
    truth.starts++;
    work(kernel.fork({ comm: "born", ...(tgid === undefined ? {} : { tgid }) }).tgid, 7);
  }

  function countEnd(tid: number): void {
    const process = alive().find((candidate) => candidate.threads.has(tid));
    truth.threadEnds++;
    if (process !== undefined && running(process.tgid).length === 1) truth.processEnds++;
  }

  const moves: Record<Exclude<Step["what"], "scrape">, (step: Step) => void> = {
    fork: () => fork(),
    reuse: ({ which }) => {
      const tgid = pick(
        // A kernel gives an id again only after all others: neither the last one, nor the last one at the time of
        // the last scrape.
        retired.filter((id) => !kernel.processes.has(id) && id !== kernel.lastId && id !== lastOfScrape),
        which,
      );
      if (tgid !== undefined) fork(tgid);
    },
    thread: ({ which, amount }) => {
      const process = pick(
        alive().filter(({ tgid }) => running(tgid).length > 0),
        which,
      );
      if (process !== undefined) work(kernel.startThread(process.tgid).tid, amount);
    },
    work: ({ which, amount }) => {
      const thread = pick(threads("running"), which);
      if (thread !== undefined) work(thread.tid, amount);
    },
    end: ({ which }) => {
      const thread = pick(threads("running"), which);
      if (thread === undefined) return;
      countEnd(thread.tid);
      kernel.endThread(thread.tid);
    },
    "begin end": ({ which }) => {
      const thread = pick(threads("running"), which);
      if (thread === undefined) return;
      countEnd(thread.tid);
      kernel.beginEnd(thread.tid);
    },
    "finish end": ({ which }) => {
      const thread = pick(threads("ending"), which);
      if (thread !== undefined) kernel.finishEnd(thread.tid);
    },
    "end all": ({ which }) => {
      const process = pick(
        alive().filter(({ threads: all }) => [...all.values()].every(({ state }) => state !== "ending")),
        which,
      );
      if (process === undefined) return;
      truth.threadEnds += running(process.tgid).length;
      truth.processEnds++;
      kernel.endProcess(process.tgid, { status: 0x100, reap: which % 2 === 0, leaderFirst: which % 3 === 0 });
      retired.push(process.tgid);
    },
    reap: ({ which }) => {
      const process = pick(
        own().filter(({ zombie }) => zombie),
        which,
      );
      if (process === undefined) return;
      kernel.reap(process.tgid);
      retired.push(process.tgid);
    },
    exec: ({ which, amount }) => {
      const thread = pick(threads("running"), which);
      if (thread === undefined) return;
      const process = alive().find(({ threads: all }) => all.has(thread.tid));
      if (process === undefined || [...process.threads.values()].some(({ state }) => state === "ending")) return;
      truth.threadEnds += running(process.tgid).length - 1;
      kernel.exec(thread.tid, { comm: `exec${amount % 3}` });
    },
    rename: ({ which, amount }) => {
      const thread = pick(threads("running"), which);
      if (thread !== undefined) kernel.rename(thread.tid, `name${amount % 3}`);
    },
  };

  return {
    truth,
    alive,
    /** Lets threads that are in the middle of their exit finish it. */
    finishEnds(): void {
      for (const process of kernel.processes.values()) {
        for (const thread of [...process.threads.values()]) {
          if (thread.state === "ending") kernel.finishEnd(thread.tid);
        }
      }
    },
    play(next: Step): void {
      kernel.advance(10_000 + next.amount);
      if (next.what === "scrape") lastOfScrape = kernel.lastId;
      else moves[next.what](next);
    },
  };
}

/** Counters that fell between two pages. */
export function findFalls(before: ScrapedPage | undefined, after: ScrapedPage): string[] {
  return [...(before?.series ?? [])]
    .filter(([series]) => /_(total|bucket|count)(\{|$)/.test(series))
    .filter(([series, value]) => !((after.series.get(series) ?? NaN) >= value))
    .map(([series, value]) => `${series} fell from ${value} to ${after.series.get(series)}`);
}

/** The figures of a page, summed over all groups. */
export function billed(page: ScrapedPage): Truth {
  return {
    minflt: page.sum("taskstats_page_faults_total", { kind: "minor" }),
    cpu: page.sum("taskstats_delays_total", { kind: "cpu" }),
    switches: page.sum("taskstats_context_switches_total", { kind: "voluntary" }),
    processEnds: page.sum("taskstats_process_exits_total"),
    threadEnds: page.sum("taskstats_thread_exits_total"),
    starts: page.sum("taskstats_process_starts_total"),
  };
}
