/** Collections and what is around them, of an exporter on a fake kernel. */

import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, describe, expect, test } from "@jest/globals";
import { startFakeExporter, type FakeExporter, type FakeExporterOptions } from "../support/fake-exporter.ts";
import { createFakeKernel, type FakeKernel } from "../support/fake-kernel.ts";
import { until } from "../support/until.ts";

let fake: FakeExporter | undefined;
let kernel: FakeKernel;
afterEach(() => {
  fake?.stop();
  fake = undefined;
});

async function start(options?: FakeExporterOptions, prepare: () => void = () => undefined): Promise<FakeExporter> {
  kernel = createFakeKernel();
  prepare();
  kernel.advance(1_000_000);
  fake = await startFakeExporter(kernel, options);
  kernel.advance(1_000_000);
  return fake;
}

const figures = { ac_minflt: 5, cpu_count: 1, cpu_run_virtual_total: 1000 };
const faults = "taskstats_page_faults_total";
const exits = "taskstats_process_exits_total";

describe("the start", () => {
  test("takes a baseline: of an older process only what it does from then on is billed", async () => {
    let tgid = 0;
    const { scrape } = await start({}, () => void (tgid = kernel.fork({ comm: "old", figures }).tgid));
    kernel.add(tgid, figures);
    const page = await scrape();
    expect([page.sum(faults, { groupname: "old" }), page.sum("taskstats_process_starts_total")]).toEqual([5, 0]);
  });

  test("begins to take exit events in the background", async () => {
    const { exporter } = await start();
    kernel.endProcess(kernel.fork({ comm: "job" }).tgid);
    await until(() => exporter.counters.exitEvents === 1);
  });

  test("begins to discover processes in the background", async () => {
    const { exporter } = await start({ discoveryIntervalMs: 1 });
    kernel.fork({ comm: "job" });
    await until(() => exporter.status()?.processes === 2);
  });
});

describe("a collection", () => {
  /** Asks for a page, and goes on when all processes have been polled: exit events have been taken by then. */
  async function beginScrape() {
    const exporter = await start({}, () => {
      for (let count = 0; count < 100; count++) kernel.fork({ comm: "worker" });
    });
    const polled = kernel.queries.tgid + 100;
    const page = exporter.scrape();
    while (kernel.queries.tgid < polled) await nextTurn();
    return { fake: exporter, page };
  }

  test("has the figures of processes that live, exited, and were seen by nobody", async () => {
    const { scrape } = await start();
    const { tgid } = kernel.fork({ comm: "live", figures });
    kernel.endProcess(kernel.fork({ comm: "short", figures }).tgid);
    const page = await scrape();
    expect(["live", "short"].map((groupname) => page.sum(faults, { groupname }))).toEqual([5, 5]);
    expect(["live", "short"].map((groupname) => page.sum(exits, { groupname }))).toEqual([0, 1]);
    kernel.endProcess(tgid);
    expect((await scrape()).sum(exits, { groupname: "live" })).toBe(1);
  });

  test("that is asked for during another one includes processes that exited before it was asked for", async () => {
    const { fake, page } = await beginScrape();
    kernel.endProcess(kernel.fork({ comm: "job" }).tgid);
    expect((await fake.scrape()).sum(exits, { groupname: "job" })).toBe(1);
    await page;
  });

  test("is shared by all who ask for one during another one", async () => {
    const { fake, page } = await beginScrape();
    const { tgid: queries } = kernel.queries;
    await Promise.all([page, fake.scrape(), fake.scrape(), fake.scrape()]);
    // One collection asks for 101 processes.
    expect(kernel.queries.tgid - queries).toBeLessThan(2 * 110);
  });

  test("that fails throws, and the next one has all figures", async () => {
    const { scrape } = await start();
    kernel.fork({ comm: "job", figures });
    kernel.faults.refuseQueries = 16;
    await expect(scrape()).rejects.toMatchObject({ code: "QUERY_REFUSED" });
    kernel.faults.refuseQueries = undefined;
    expect((await scrape()).sum(faults, { groupname: "job" })).toBe(5);
  });
});

test("each loss of events is followed by one resync, which is logged with the number of lost events", async () => {
  const { exporter, scrape, log } = await start();
  const tgids = [1, 2].map(() => kernel.fork({ comm: "job" }).tgid);
  await scrape();
  kernel.faults.pass = (datagram, kind) => (kind === "event" ? undefined : datagram);
  for (const tgid of tgids) kernel.endProcess(tgid);
  kernel.faults.pass = (datagram) => datagram;
  await scrape();
  await until(() => exporter.counters.resyncs > 0);
  expect(exporter.status()?.processes).toBe(1);
  expect(log.filter((line) => line.startsWith("exit events were lost"))).toEqual([
    expect.stringMatching(/ \{"lost":2\}$/),
  ]);
  await scrape();
  expect([exporter.counters.resyncs, exporter.counters.vanished]).toEqual([1, 2]);
  kernel.faults.pass = (datagram, kind) => (kind === "event" ? undefined : datagram);
  kernel.endProcess(kernel.fork({ comm: "job" }).tgid);
  kernel.faults.pass = (datagram) => datagram;
  await scrape();
  await until(() => exporter.counters.resyncs > 1);
  expect(log.at(-1)).toMatch(/^exit events were lost.* \{"lost":1\}$/);
});

describe("a sample for people who watch", () => {
  test("leaves alone what has begun just now, which a scrape does not", async () => {
    const { exporter, scrape } = await start({
      wrapProc: (reader) => ({ ...reader, readUptime: () => kernel.clock.monotonicUs() / 1e6 }),
    });
    const sampled = async () =>
      (await exporter.sample()).find(({ labels }) => labels["groupname"] === "job")?.processes;
    kernel.fork({ comm: "job" });
    kernel.advance(200_000);
    expect(await sampled()).toBeUndefined();
    kernel.advance(100_000);
    expect(await sampled()).toBe(1);
    kernel.fork({ comm: "job" });
    expect((await scrape()).value("taskstats_processes", { groupname: "job" })).toBe(2);
  });
});

describe("at the end", () => {
  test("the running collection is waited for, and its page is complete", async () => {
    const { exporter, scrape } = await start();
    kernel.fork({ comm: "job", figures });
    const page = scrape();
    await exporter.end(60_000);
    expect((await page).sum(faults, { groupname: "job" })).toBe(5);
    expect(kernel.sockets.every(({ closed }) => closed)).toBe(true);
  });

  test("a collection that hangs is waited for no longer than the limit", async () => {
    let hangs = false;
    const { exporter, scrape } = await start({
      wrapProc: (reader) => ({
        ...reader,
        listProcesses: () => (hangs ? new Promise(() => undefined) : reader.listProcesses()),
      }),
    });
    hangs = true;
    kernel.fork({ comm: "job" });
    void scrape();
    await exporter.end(1);
    expect(kernel.sockets.every(({ closed }) => closed)).toBe(true);
  });
});
