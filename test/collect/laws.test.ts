/** Laws 1 to 5 over random lives on a fake kernel: what it did is known to the unit. */

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createFakeKernel, type FakeKernel } from "../support/fake-kernel.ts";
import { startFakeExporter } from "../support/fake-exporter.ts";
import type { ScrapedPage } from "../support/page.ts";

/** What happens next; `which` chooses among what there is. */
interface Step {
  readonly what:
    | "fork" | "thread" | "work" | "end" | "begin end" | "finish end" | "end all" | "reap" | "exec" | "rename" | "scrape"
    | "reuse"; // prettier-ignore
  readonly which: number;
  readonly amount: number;
}

const step: fc.Arbitrary<Step> = fc.record({
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

/** Sums over all tasks that ever ran, by member, since `start`. */
interface Truth {
  minflt: number;
  cpu: number;
  switches: number;
  processEnds: number;
  threadEnds: number;
  starts: number;
}

/** Plays steps on a kernel and keeps the books itself. */
function createPlayer(kernel: FakeKernel) {
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
      cpu_run_virtual_total: 1000 * amount,
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
        // A kernel gives the id that it gave last, now or at the last scrape, again only after all others.
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
    /** Threads that are in the middle of their end come to it. */
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

function findFalls(before: ScrapedPage | undefined, after: ScrapedPage): string[] {
  return [...(before?.series ?? [])]
    .filter(([series]) => /_(total|bucket|count)(\{|$)/.test(series))
    .filter(([series, value]) => !((after.series.get(series) ?? NaN) >= value))
    .map(([series, value]) => `${series} fell from ${value} to ${after.series.get(series)}`);
}

function billed(page: ScrapedPage): Truth {
  return {
    minflt: page.sum("taskstats_page_faults_total", { kind: "minor" }),
    cpu: page.sum("taskstats_delays_total", { kind: "cpu" }),
    switches: page.sum("taskstats_context_switches_total", { kind: "voluntary" }),
    processEnds: page.sum("taskstats_process_exits_total"),
    threadEnds: page.sum("taskstats_thread_exits_total"),
    starts: page.sum("taskstats_process_starts_total"),
  };
}

const kernels = [
  ["6.18", { structVersion: 16 }],
  ["6.1, which drops ended threads from sums", { structVersion: 13, deadThreadsKept: false, groupVersionZero: true }],
  ["6.14, whose struct has its own layout", { structVersion: 15 }],
  ["a strict-alignment machine", { structVersion: 14, padding: "always" as never }],
] as const;

/** Plays the steps on a kernel with an old process, scraping where a step says so. */
async function live(steps: readonly Step[], kernel: FakeKernel) {
  const past = { ac_minflt: 99_999, cpu_count: 5000, nvcsw: 5000, cpu_run_virtual_total: 5e9, ac_utime: 1e6 };
  const old = kernel.fork({ comm: "old", figures: past });
  kernel.startThread(old.tgid, { figures: past });
  kernel.advance(1e9);
  const fake = await startFakeExporter(kernel);
  try {
    const player = createPlayer(kernel);
    const base = billed(await fake.scrape());
    const falls: string[] = [];
    let last: ScrapedPage | undefined;
    const scrape = async (): Promise<ScrapedPage> => {
      const page = await fake.scrape();
      falls.push(...findFalls(last, page));
      last = page;
      return page;
    };
    for (const next of steps) {
      player.play(next);
      if (next.what === "scrape") await scrape();
    }
    player.finishEnds();
    const page = await scrape();
    const sums = billed(page);
    const grown = Object.fromEntries(
      Object.entries(sums).map(([key, value]) => [key, value - base[key as keyof Truth]]),
    );
    return { page, grown, falls, truth: player.truth, alive: player.alive().length };
  } finally {
    fake.stop();
  }
}

const limits = { numRuns: 60, endOnFailure: true, interruptAfterTimeLimit: 20_000 } as const;

describe.each(kernels)("on a kernel like %s", (_name, options) => {
  test("all that ran is billed once, and no counter falls, whatever lives are led", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 50 }), async (steps) => {
        const { page, grown, falls, truth, alive } = await live(steps, createFakeKernel(options));
        expect(falls).toEqual([]);
        const { minflt, threadEnds, processEnds } = truth;
        expect(grown).toMatchObject({ minflt, threadEnds, processEnds });
        // A thread in the middle of its end is counted twice by the kernel: what was shown then is worked off later.
        expect(grown["cpu"]).toBeGreaterThanOrEqual(truth.cpu);
        expect(page.value("taskstats_exporter_processes_vanished_total")).toBe(0);
        expect(page.sum("taskstats_processes")).toBe(alive + 1);
      }),
      limits,
    );
  });

  test("every sum is exact where no poll falls into the middle of an end", async () => {
    const whole = step.filter(({ what }) => what !== "begin end" && what !== "exec" && what !== "rename");
    await fc.assert(
      fc.asyncProperty(fc.array(whole, { maxLength: 50 }), async (steps) => {
        const { grown, truth } = await live(steps, createFakeKernel(options));
        expect(grown).toEqual(truth);
      }),
      limits,
    );
  });
});

describe("when events are lost", () => {
  test.each([
    ["scraped after it", true],
    ["ended unscraped", false],
  ])("a thread that execs after the leader, whose event was lost, is not billed twice: %s", async (_when, scraped) => {
    const kernel = createFakeKernel();
    const fake = await startFakeExporter(kernel);
    try {
      const { tgid } = kernel.fork({ comm: "crew", figures: { ac_minflt: 100, cpu_count: 1 } });
      const thread = kernel.startThread(tgid, { figures: { ac_minflt: 500, cpu_count: 1 } });
      await fake.scrape();
      kernel.faults.pass = (datagram, kind) => (kind === "event" ? undefined : datagram);
      kernel.endThread(tgid);
      kernel.faults.pass = (datagram) => datagram;
      kernel.exec(thread.tid, { comm: "crew" });
      kernel.add(tgid, { ac_minflt: 30, cpu_count: 1 });
      if (scraped) await fake.scrape();
      kernel.add(tgid, { ac_minflt: 4, cpu_count: 1 });
      kernel.endProcess(tgid);
      const page = await fake.scrape();
      expect(page.sum("taskstats_page_faults_total", { groupname: "crew", kind: "minor" })).toBe(634);
    } finally {
      fake.stop();
    }
  });

  test("received and lost add up to what was sent, and what is tracked is right after the next scrape", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 50 }),
        fc.array(fc.boolean(), { minLength: 50 }),
        async (steps, kept) => {
          const kernel = createFakeKernel();
          const fake = await startFakeExporter(kernel);
          const sentBefore = kernel.eventsSent;
          let event = 0;
          kernel.faults.pass = (datagram, kind) =>
            kind !== "event" || kept[event++ % kept.length] ? datagram : undefined;
          try {
            const player = createPlayer(kernel);
            let last: ScrapedPage | undefined;
            const falls: string[] = [];
            for (const next of steps) {
              player.play(next);
              if (next.what !== "scrape") continue;
              const page = await fake.scrape();
              falls.push(...findFalls(last, page));
              last = page;
            }
            player.finishEnds();
            await fake.scrape();
            const page = await fake.scrape();
            const received = page.value("taskstats_exporter_exit_events_total") ?? NaN;
            const lost = page.value("taskstats_exporter_exit_events_lost_total") ?? NaN;
            expect(falls).toEqual([]);
            expect(received + lost).toBe(kernel.eventsSent - sentBefore);
            expect(page.sum("taskstats_processes")).toBe(player.alive().length + 1);
            expect(page.sum("taskstats_page_faults_total", { kind: "minor" })).toBeLessThanOrEqual(player.truth.minflt);
          } finally {
            fake.stop();
          }
        },
      ),
      limits,
    );
  });
});
