/** Figures by the names of threads, from the record to the page. */

import { afterEach, describe, expect, test } from "@jest/globals";
import { fields, slotOf } from "../../src/fields/fields.ts";
import type { GroupFigures, ThreadNameFigures } from "../../src/exposition/page.ts";
import { createFakeKernel, type FakeKernel, type FakeKernelOptions } from "../support/fake-kernel.ts";
import { startFakeExporter, type FakeExporter, type FakeExporterOptions } from "../support/fake-exporter.ts";
import { fc } from "../support/properties.ts";
import { createPlayer, step, type Step } from "../support/random-lives.ts";

let fake: FakeExporter | undefined;
afterEach(() => {
  fake?.stop();
  fake = undefined;
});

async function start(kernelOptions: FakeKernelOptions = {}, options: FakeExporterOptions = {}) {
  const kernel = createFakeKernel(kernelOptions);
  fake = await startFakeExporter(kernel, { threadNames: true, ...options });
  const { exporter, scrape } = fake;
  return { kernel, exporter, scrape };
}

const cpu = "taskstats_thread_cpu_run_seconds_total";
const delay = "taskstats_thread_delay_seconds_total";
const live = "taskstats_threads_by_name";
const overflowed = "taskstats_exporter_thread_names_overflowed_total";

/** Figures that `kernel.add` takes: CPU time, and as much of a wait for a CPU, in milliseconds. */
const worked = (ms: number) => ({
  ...{ cpu_count: 1, nvcsw: 1, cpu_run_virtual_total: ms * 1e6, cpu_delay_total: ms * 1e6 },
});

describe("figures by thread name", () => {
  const of = (threadname: string) => ({ groupname: "server", threadname });

  test("are those of live threads, each under its own name", async () => {
    const { kernel, scrape } = await start();
    const { tgid } = kernel.fork({ comm: "server", figures: worked(1) });
    const [one, two] = [kernel.startThread(tgid), kernel.startThread(tgid)];
    kernel.rename(one.tid, "worker");
    kernel.rename(two.tid, "worker");
    kernel.advance(1e6);
    kernel.add(one.tid, worked(20));
    kernel.add(two.tid, worked(300));
    const page = await scrape();
    expect(page.value(cpu, of("server"))).toBe(0.001);
    expect(page.value(cpu, of("worker"))).toBe(0.32);
    expect(page.value(delay, { ...of("worker"), kind: "cpu" })).toBe(0.32);
    expect([page.value(live, of("server")), page.value(live, of("worker"))]).toEqual([1, 2]);
  });

  test("hold threads that lived only between two polls, and stay when they have ended", async () => {
    const { kernel, scrape } = await start();
    const { tgid } = kernel.fork({ comm: "server", figures: worked(1) });
    await scrape();
    const { tid } = kernel.startThread(tgid, { figures: { ...worked(20), nvcsw: 0 } });
    kernel.rename(tid, "brief");
    kernel.advance(100_000);
    kernel.endThread(tid);
    for (let pages = 0; pages < 2; pages++) {
      const page = await scrape();
      // It never slept: it ran for its age less its wait, up to a tick more than the kernel's sum.
      expect(page.value(cpu, of("brief"))).toBe(0.024);
      expect(page.value(live, of("brief"))).toBe(0);
      expect(page.sum(cpu, { groupname: "server" })).toBe(
        page.value("taskstats_cpu_run_seconds_total", { groupname: "server" }),
      );
    }
  });

  test("of a thread that is renamed stay with its former name, and what follows its last record has its latest name", async () => {
    const { kernel, scrape } = await start();
    const { tgid } = kernel.fork({ comm: "server", figures: worked(1) });
    const { tid } = kernel.startThread(tgid);
    kernel.rename(tid, "before");
    kernel.advance(1e6);
    kernel.add(tid, worked(20));
    await scrape();
    kernel.add(tid, worked(3));
    kernel.rename(tid, "after");
    kernel.add(tid, worked(4));
    const page = await scrape();
    expect([page.value(cpu, of("before")), page.value(cpu, of("after"))]).toEqual([0.02, 0.007]);
    expect([page.value(live, of("before")), page.value(live, of("after"))]).toEqual([0, 1]);
  });

  test("begin at the baseline for a thread that is older than the exporter", async () => {
    const kernel = createFakeKernel();
    const { tgid } = kernel.fork({ comm: "server", figures: worked(7000) });
    const { tid } = kernel.startThread(tgid, { figures: worked(9000) });
    kernel.rename(tid, "worker");
    kernel.advance(20e6);
    fake = await startFakeExporter(kernel, { threadNames: true });
    kernel.add(tid, worked(5));
    const page = await fake.scrape();
    expect([page.value(cpu, of("server")), page.value(cpu, of("worker"))]).toEqual([0, 0.005]);
  });

  test("go to other where a group has as many names as the limit allows, and each such thread is counted", async () => {
    const { kernel, scrape } = await start({}, { groupingRules: { maxThreadNames: 2 } });
    const { tgid } = kernel.fork({ comm: "server", figures: worked(1) });
    const threads = ["a", "b", "c"].map((name) => {
      const { tid } = kernel.startThread(tgid, { figures: worked(10) });
      kernel.rename(tid, name);
      return tid;
    });
    kernel.advance(1e6);
    const page = await scrape();
    expect([page.value(cpu, of("server")), page.value(cpu, of("a")), page.value(cpu, of("other"))]).toEqual([
      0.001, 0.01, 0.02,
    ]);
    expect([page.value(live, of("other")), page.value(overflowed)]).toEqual([2, 2]);
    for (const tid of threads) kernel.add(tid, worked(1));
    // The same threads under the same names: nothing new to count.
    expect((await scrape()).value(overflowed)).toBe(2);
  });

  test("of a thread that renames itself over and over take no more than the limit of names", async () => {
    const { kernel, scrape } = await start({}, { groupingRules: { maxThreadNames: 5 } });
    const { tgid } = kernel.fork({ comm: "server", figures: worked(1) });
    const { tid } = kernel.startThread(tgid);
    for (let turn = 0; turn < 30; turn++) {
      kernel.rename(tid, `${String.fromCodePoint(0x1f600 + turn)}"\\\n`);
      kernel.advance(10_000);
      kernel.add(tid, worked(1));
      await scrape();
    }
    const page = await scrape();
    const names = [...page.series.keys()].filter((line) => line.startsWith(`${live}{groupname="server"`));
    expect(names).toHaveLength(5 + 1);
    // Its first four names and the leader's found room.
    expect([page.value(overflowed), page.value(cpu, of("other"))]).toEqual([26, 0.026]);
    expect(page.value(live, of('😀"\\\n'))).toBe(0);
  });

  test("are unknown for a thread with an empty name", async () => {
    const { kernel, scrape } = await start();
    const { tgid } = kernel.fork({ comm: "server", figures: worked(1) });
    const { tid } = kernel.startThread(tgid, { figures: worked(10) });
    kernel.rename(tid, "");
    kernel.advance(1e6);
    expect((await scrape()).value(cpu, of("unknown"))).toBe(0.01);
  });

  test("have no series without the flag", async () => {
    const { kernel, scrape } = await start({}, { threadNames: false });
    kernel.fork({ comm: "server", figures: worked(1) });
    const page = await scrape();
    expect([cpu, delay, live, overflowed].filter((name) => page.names.has(name))).toEqual([]);
  });
});

describe("what no thread's record tells", () => {
  const unknown = { groupname: "server", threadname: "unknown" };

  test("is unknown where the exit event of a thread was lost, once the next poll has shown that it does not come", async () => {
    const { kernel, scrape } = await start();
    const { tgid } = kernel.fork({ comm: "server", figures: worked(1) });
    await scrape();
    const { tid } = kernel.startThread(tgid, { figures: worked(20) });
    kernel.advance(1e6);
    kernel.faults.pass = (datagram, kind) => (kind === "event" ? undefined : datagram);
    kernel.endThread(tid);
    kernel.faults.pass = (datagram) => datagram;
    kernel.add(tgid, worked(1));
    await scrape();
    kernel.add(tgid, worked(1));
    const page = await scrape();
    expect(page.value(cpu, unknown)).toBe(0.02);
    expect(page.value("taskstats_cpu_run_seconds_total", { groupname: "server" })).toBe(0.023);
  });

  test("is unknown where exit events do not arrive, and the process has gone", async () => {
    const { kernel, scrape } = await start({}, { exitsEnabled: false });
    const { tgid } = kernel.fork({ comm: "server", figures: worked(1) });
    const { tid } = kernel.startThread(tgid, { figures: worked(20) });
    kernel.advance(1e6);
    await scrape();
    kernel.endThread(tid);
    const { tid: brief } = kernel.startThread(tgid, { figures: worked(300) });
    kernel.endThread(brief);
    kernel.add(tgid, worked(1));
    await scrape();
    kernel.endProcess(tgid);
    const page = await scrape();
    expect(page.value(cpu, unknown)).toBe(0.3);
    expect(page.sum("taskstats_cpu_run_seconds_total", { groupname: "server" })).toBe(0.322);
  });

  test("is unknown of a thread that is older than the exporter and was never polled", async () => {
    const kernel = createFakeKernel();
    const { tgid } = kernel.fork({ comm: "server", figures: worked(1) });
    kernel.advance(5e6);
    fake = await startFakeExporter(kernel, { threadNames: true });
    await fake.scrape();
    kernel.startThread(tgid, { figures: { ...worked(20), ac_etime: 9e9 } });
    kernel.add(tgid, worked(1));
    kernel.endProcess(tgid, { leaderFirst: true });
    await fake.scrape();
    // Another record may come for a moment yet.
    kernel.advance(1e6);
    expect((await fake.scrape()).value(cpu, unknown)).toBe(0.02);
  });
});

/** What is wrong with the names of these groups. */
function findFaults(groups: readonly GroupFigures[], before: Map<string, Float64Array>, limit: number): string[] {
  const faults: string[] = [];
  for (const { labels, sums, threadNames = new Map<string, ThreadNameFigures>(), threads } of groups) {
    const group = JSON.stringify(labels);
    if (threadNames.size > limit + 2) faults.push(`${group} has ${threadNames.size} names`);
    const all = new Float64Array(fields.length);
    let alive = 0;
    for (const [name, figures] of threadNames) {
      const key = `${group} ${name}`;
      const former = before.get(key);
      figures.sums.forEach((value, slot) => {
        all[slot] = (all[slot] as number) + value;
        if (value < (former?.[slot] ?? 0)) faults.push(`${key}: ${fields[slot]?.key} fell`);
      });
      before.set(key, figures.sums.slice());
      alive += figures.threads;
    }
    all.forEach((value, slot) => {
      if (value !== sums[slot]) faults.push(`${group}: ${fields[slot]?.key} is ${sums[slot]}, its names have ${value}`);
    });
    if (alive > threads) faults.push(`${group} has ${threads} threads, its names ${alive}`);
  }
  return faults;
}

const falseWaits = { blkio_count: 1, blkio_delay_total: 9e15, blkio_delay_max: 9e15 };
const sleeping = { cpu_count: 1, nvcsw: 1, blkio_count: 1, blkio_delay_total: 3e6, ac_majflt: 1, write_char: 1024 };

/** Plays steps, some of them with waits, and looks at the names after each scrape. */
async function play(kernel: FakeKernel, steps: readonly Step[], options: FakeExporterOptions = {}) {
  const { maxThreadNames = 3 } = (options.groupingRules ?? {}) as { maxThreadNames?: number };
  fake = await startFakeExporter(kernel, { threadNames: true, groupingRules: { maxThreadNames }, ...options });
  const player = createPlayer(kernel);
  const before = new Map<string, Float64Array>();
  const faults: string[] = [];
  const look = async (): Promise<void> => {
    const { groups = [] } = (await fake?.exporter.collect(() => "figures")) ?? {};
    faults.push(...findFaults(groups, before, maxThreadNames));
  };
  for (const next of steps) {
    player.play(next);
    const thread = player.alive().flatMap(({ threads }) => [...threads.values()])[next.which % 7];
    if (thread?.state === "running" && next.amount % 3 === 0) kernel.add(thread.tid, sleeping);
    if (thread?.state === "running" && next.amount % 11 === 0) kernel.add(thread.tid, falseWaits);
    if (next.what === "scrape") await look();
  }
  player.finishEnds();
  await look();
  kernel.advance(1e6);
  await look();
  fake.stop();
  fake = undefined;
  return faults;
}

describe("for any lives the names of a group add up to the group, none of them falls, and their number is bounded", () => {
  const limits = { numRuns: 60, endOnFailure: true, interruptAfterTimeLimit: 20_000 } as const;
  const lives = fc.array(step, { maxLength: 60 });

  test.each([
    ["6.18", { structVersion: 16 }],
    ["6.1", { structVersion: 13, deadThreadsKept: false, groupVersionZero: true }],
    ["5.10", { structVersion: 10, deadThreadsKept: false, groupVersionZero: true }],
    ["6.14", { structVersion: 15 }],
  ] as const)("on a kernel like %s", async (_release, options) => {
    await fc.assert(
      fc.asyncProperty(lives, async (steps) => {
        expect(await play(createFakeKernel(options), steps)).toEqual([]);
      }),
      limits,
    );
  });

  test("where exit events are lost", async () => {
    await fc.assert(
      fc.asyncProperty(lives, fc.array(fc.boolean(), { minLength: 50 }), async (steps, kept) => {
        const kernel = createFakeKernel();
        let event = 0;
        kernel.faults.pass = (datagram, kind) =>
          kind !== "event" || kept[event++ % kept.length] ? datagram : undefined;
        expect(await play(kernel, steps)).toEqual([]);
      }),
      limits,
    );
  });

  test("where exit events do not arrive", async () => {
    await fc.assert(
      fc.asyncProperty(lives, async (steps) => {
        expect(await play(createFakeKernel(), steps, { exitsEnabled: false })).toEqual([]);
      }),
      limits,
    );
  });

  test("where groups give way to others", async () => {
    await fc.assert(
      fc.asyncProperty(lives, async (steps) => {
        expect(await play(createFakeKernel(), steps, { groupingRules: { maxGroups: 2, maxThreadNames: 2 } })).toEqual(
          [],
        );
      }),
      limits,
    );
  });
});

test("the run time of a group by names is what it is without them", async () => {
  const runTime = slotOf("cpu_run_virtual_total");
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        step.filter(({ what }) => what !== "begin end" && what !== "exec" && what !== "rename"),
        { maxLength: 40 },
      ),
      async (steps) => {
        const totals = await Promise.all(
          [true, false].map(async (threadNames) => {
            const kernel = createFakeKernel();
            const one = await startFakeExporter(kernel, { threadNames });
            const player = createPlayer(kernel);
            for (const next of steps) {
              player.play(next);
              if (next.what === "scrape") await one.scrape();
            }
            const { groups } = await one.exporter.collect();
            one.stop();
            return groups.reduce((sum, { sums }) => sum + (sums[runTime] as number), 0);
          }),
        );
        expect(totals[0]).toBe(totals[1]);
      },
    ),
    { numRuns: 40, endOnFailure: true, interruptAfterTimeLimit: 20_000 },
  );
});
