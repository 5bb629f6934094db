/** Reads of /proc that fail while processes are alive. A failed read does not count as an exit, and nothing is billed twice. */

import { afterEach, describe, expect, test } from "@jest/globals";
import { fc } from "../support/properties.ts";
import { createFakeKernel, type FakeKernel } from "../support/fake-kernel.ts";
import { startFakeExporter, type FakeExporter, type FakeExporterOptions } from "../support/fake-exporter.ts";
import { failingProc, type Failures } from "../support/failing-proc.ts";
import type { ScrapedPage } from "../support/page.ts";
import { billed, createPlayer, findFalls, step } from "../support/random-lives.ts";

const minor = { kind: "minor" };

/** Scrapes, and continues if the collection fails: a real scraper gets 503 then. */
const tryScrape = (fake: FakeExporter): Promise<ScrapedPage | undefined> => fake.scrape().catch(() => undefined);

/** An exporter whose reads of /proc fail as `failures` currently says. */
function startFailing(
  kernel: FakeKernel,
  failures: Failures,
  options: FakeExporterOptions = {},
): Promise<FakeExporter> {
  const current: Failures = {
    failsNow: () => failures.failsNow?.() ?? false,
    hides: (tgid) => failures.hides?.(tgid) ?? false,
  };
  return startFakeExporter(kernel, { ...options, wrapProc: (reader) => failingProc(reader, current) });
}

describe.each([
  ["that says where it ends", {}],
  ["without exit events", { exitsEnabled: false }],
] as const)("on a kernel %s, a process of 8 threads", (_name, options) => {
  let fake: FakeExporter | undefined;
  afterEach(() => fake?.stop());

  test.each([
    ["no look at it works", { failsNow: () => true }],
    ["/proc hides it", { hides: () => true }],
  ] as const)("is billed each fault once, and has started once, where for a while %s", async (_why, failure) => {
    const kernel = createFakeKernel();
    const failures: { -readonly [key in keyof Failures]: Failures[key] } = {};
    fake = await startFailing(kernel, failures, options);
    kernel.advance(1e6);
    const { tgid } = kernel.fork({ comm: "crew", figures: { ac_minflt: 20, cpu_count: 1 } });
    const tids = Array.from({ length: 7 }, () =>
      kernel.startThread(tgid, { figures: { ac_minflt: 100, cpu_count: 1 } }),
    );
    await fake.scrape();
    for (let round = 0; round < 5; round++) {
      for (const { tid } of tids) kernel.add(tid, { ac_minflt: 3, cpu_count: 1, cpu_run_virtual_total: 1e6 });
      kernel.advance(1e6);
      Object.assign(failures, round % 2 === 0 ? failure : { failsNow: undefined, hides: undefined });
      // Without descriptors even the list of processes cannot be read, and the scrape fails.
      await tryScrape(fake);
    }
    Object.assign(failures, { failsNow: undefined, hides: undefined });
    const page = await fake.scrape();
    const crew = { groupname: "crew" };
    expect(page.sum("taskstats_page_faults_total", { ...crew, ...minor })).toBe(20 + 7 * (100 + 5 * 3));
    expect(page.value("taskstats_process_starts_total", crew)).toBe(1);
    expect(page.value("taskstats_threads", crew)).toBe(8);
    expect(page.value("taskstats_exporter_processes_vanished_total")).toBe(0);
  });
});

test("a process that exited while /proc could not be read, and whose event was lost, leaves the page", async () => {
  const kernel = createFakeKernel();
  const failures: { hides?: () => boolean } = {};
  const fake = await startFailing(kernel, failures);
  try {
    const { tgid } = kernel.fork({ comm: "lost", figures: { ac_minflt: 20, cpu_count: 1 } });
    await fake.scrape();
    failures.hides = () => true;
    kernel.faults.pass = (datagram, kind) => (kind === "event" ? undefined : datagram);
    kernel.endProcess(tgid);
    const page = await fake.scrape();
    expect(page.value("taskstats_processes", { groupname: "lost" })).toBe(0);
    expect(page.value("taskstats_exporter_processes_vanished_total")).toBe(1);
  } finally {
    fake.stop();
  }
});

test("a hidden process is not mistaken for a later process with the same id", async () => {
  const kernel = createFakeKernel();
  const failures: { hides?: () => boolean } = {};
  const fake = await startFailing(kernel, failures);
  try {
    const { tgid } = kernel.fork({ comm: "former", figures: { ac_minflt: 20, cpu_count: 1 } });
    kernel.fork({ comm: "between" });
    await fake.scrape();
    failures.hides = () => true;
    kernel.faults.pass = (datagram, kind) => (kind === "event" ? undefined : datagram);
    kernel.endProcess(tgid);
    kernel.faults.pass = (datagram) => datagram;
    kernel.advance(60e6);
    kernel.fork({ tgid, comm: "latter", figures: { ac_minflt: 500, cpu_count: 1 } });
    await fake.scrape();
    failures.hides = () => false;
    kernel.fork({ comm: "another" });
    const page = await fake.scrape();
    expect(page.sum("taskstats_page_faults_total", { groupname: "former", ...minor })).toBe(20);
    expect(page.sum("taskstats_page_faults_total", { groupname: "latter", ...minor })).toBe(500);
  } finally {
    fake.stop();
  }
});

test("delay accounting does not count as on because its switch cannot be read for a moment", async () => {
  const kernel = createFakeKernel();
  const failures: { failsNow?: () => boolean } = {};
  const fake = await startFailing(kernel, failures);
  try {
    fake.proc.write("sys/kernel/task_delayacct", "0\n");
    await fake.scrape();
    const names = (await fake.scrape()).names;
    const enabled = async (): Promise<number | undefined> =>
      (await tryScrape(fake))?.value("taskstats_exporter_delayacct_enabled");
    expect(await enabled()).toBe(0);
    // The list of processes is read, and then descriptors run out.
    let looks = 0;
    failures.failsNow = () => looks++ > 1;
    expect(await enabled()).toBe(0);
    failures.failsNow = () => false;
    expect((await fake.scrape()).names).toEqual(names);
  } finally {
    fake.stop();
  }
});

describe.each([
  ["6.18", { structVersion: 16 }],
  ["6.1", { structVersion: 13, deadThreadsKept: false, groupVersionZero: true }],
] as const)("on a kernel like %s", (_name, options) => {
  test("all run time is billed once, each start counted once, and no counter falls, whichever reads of /proc fail", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 50 }),
        fc.infiniteStream(fc.integer({ min: 0, max: 9 })),
        fc.boolean(),
        async (steps, dice, hiding) => {
          const kernel = createFakeKernel(options);
          let failing = false;
          const failures: Failures = hiding
            ? { hides: (tgid) => failing && tgid !== kernel.self }
            : { failsNow: () => failing && (dice.next().value ?? 0) < 3 };
          const fake = await startFailing(kernel, failures);
          try {
            const player = createPlayer(kernel);
            const base = billed(await fake.scrape());
            const falls: string[] = [];
            let last: ScrapedPage | undefined;
            for (const next of steps) {
              player.play(next);
              if (next.what !== "scrape") continue;
              failing = next.amount % 3 > 0;
              const page = await tryScrape(fake);
              if (page === undefined) continue;
              falls.push(...findFalls(last, page));
              last = page;
            }
            failing = false;
            player.finishEnds();
            // A new process makes the next scrape search /proc, so that hidden processes are found then, not only by the next discovery.
            player.play({ what: "fork", which: 0, amount: 1 });
            await fake.scrape();
            const page = await fake.scrape();
            falls.push(...findFalls(last, page));
            const sums = billed(page);
            expect(falls).toEqual([]);
            const { minflt, starts, processEnds, threadEnds } = player.truth;
            expect({
              minflt: sums.minflt - base.minflt,
              starts: sums.starts - base.starts,
              processEnds: sums.processEnds - base.processEnds,
              threadEnds: sums.threadEnds - base.threadEnds,
            }).toEqual({ minflt, starts, processEnds, threadEnds });
            expect(page.sum("taskstats_processes")).toBe(player.alive().length + Number(kernel.processes.size > 0));
            expect(page.value("taskstats_exporter_processes_vanished_total")).toBe(0);
          } finally {
            fake.stop();
          }
        },
      ),
      { numRuns: 60, endOnFailure: true, interruptAfterTimeLimit: 10_000 },
    );
  });
});
