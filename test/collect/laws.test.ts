/** Laws 1 to 5 over random lives on a fake kernel, which knows to the unit what its processes did. */

import { describe, expect, test } from "@jest/globals";
import { fc } from "../support/properties.ts";
import { createFakeKernel, type FakeKernel } from "../support/fake-kernel.ts";
import { startFakeExporter } from "../support/fake-exporter.ts";
import type { ScrapedPage } from "../support/page.ts";
import { billed, createPlayer, findFalls, step, type Step, type Truth } from "../support/random-lives.ts";

const kernels = [
  ["6.18", { structVersion: 16 }],
  ["6.1, which drops exited threads from sums", { structVersion: 13, deadThreadsKept: false, groupVersionZero: true }],
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
  test("all that was done is billed once, and no counter falls, for any lives", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 50 }), async (steps) => {
        const { page, grown, falls, truth, alive } = await live(steps, createFakeKernel(options));
        expect(falls).toEqual([]);
        const { minflt, threadEnds, processEnds } = truth;
        expect(grown).toMatchObject({ minflt, threadEnds, processEnds });
        // The kernel counts an exiting thread twice: what was shown too much then is made up for later.
        expect(grown["cpu"]).toBeGreaterThanOrEqual(truth.cpu);
        expect(page.value("taskstats_exporter_processes_vanished_total")).toBe(0);
        expect(page.sum("taskstats_processes")).toBe(alive + 1);
      }),
      limits,
    );
  });

  test("every sum is exact if no poll falls into the middle of an exit", async () => {
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
    ["with a scrape after the exec", true],
    ["without one", false],
  ])(
    "a thread that execs after an exit of the leader, whose event was lost, is not billed twice: %s",
    async (_when, scraped) => {
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
    },
  );

  test("received and lost events add up to those sent, and the tracked processes are right after the next scrape", async () => {
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
