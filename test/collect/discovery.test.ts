/** Tracked processes compared with /proc: what is adopted, and what is closed. */

import { afterEach, describe, expect, test } from "@jest/globals";
import { createDiscovery, type Discovery } from "../../src/collect/discovery.ts";
import { createExitEvents, type ExitEvents } from "../../src/collect/exits/exit-events.ts";
import { createCollectParts, type CollectParts, type CollectPartsOptions } from "../support/collect-parts.ts";
import { failingProc } from "../support/failing-proc.ts";

let parts: CollectParts;
let discovery: Discovery;
let exitEvents: ExitEvents;
afterEach(() => parts.close());

async function setUp(options: CollectPartsOptions = {}) {
  parts = await createCollectParts(options);
  const { clock } = parts.kernel;
  exitEvents = createExitEvents({
    ...parts,
    ...{ clock, kernelThreads: false, forks: undefined },
    client: options.exitsUp === false ? undefined : parts.events,
    onLoss: () => discovery.noteLoss(),
    onWatcherLate: () => undefined,
    onError: () => undefined,
  });
  discovery = createDiscovery({ ...parts, clock, exitEvents });
  await discovery.run(true);
  return parts;
}

const tracked = (): number[] => [...parts.tracker.processes.keys()].filter((tgid) => tgid !== parts.kernel.self);
const run = (search = false): Promise<void> => discovery.run(search);

/** What happens in there sends no exit event that arrives. */
function losing(happen: () => void): void {
  const { faults } = parts.kernel;
  faults.pass = (datagram, kind) => (kind === "event" ? undefined : datagram);
  happen();
  faults.pass = (datagram) => datagram;
}

describe("a run", () => {
  test("adopts processes that have started", async () => {
    const { kernel } = await setUp();
    const { tgid } = kernel.fork({ comm: "job" });
    await run();
    expect(tracked()).toEqual([tgid]);
    expect(parts.account("job").processes).toBe(1);
  });

  test("leaves a process that is too young to a later run, whether another one starts meanwhile or not", async () => {
    const { kernel } = await setUp({
      wrapProc: (reader) => ({ ...reader, readUptime: () => parts.kernel.clock.monotonicUs() / 1e6 }),
    });
    await discovery.run(false);
    const { tgid } = kernel.fork({ comm: "job" });
    kernel.advance(200_000);
    await discovery.run(false, 0.25);
    expect(tracked()).toEqual([]);
    kernel.advance(100_000);
    await discovery.run(false, 0.25);
    expect(tracked()).toEqual([tgid]);
  });

  test("bills queued exit events, and closes nothing that sent one", async () => {
    const { kernel, counters } = await setUp();
    const { tgid } = kernel.fork({ comm: "job" });
    await run();
    kernel.endProcess(tgid);
    await run(true);
    expect([tracked(), parts.account("job").exits.get(0), counters.vanished]).toEqual([[], 1, 0]);
  });

  test("lists /proc without a search only where a task was started", async () => {
    let listings = 0;
    const { kernel } = await setUp({
      wrapProc: (reader) => {
        return { ...reader, listProcesses: () => (listings++, reader.listProcesses()) };
      },
    });
    // The second listing under the same last id is complete.
    await run();
    listings = 0;
    await run();
    expect(listings).toBe(0);
    await run(true);
    expect(listings).toBe(1);
    kernel.fork({ comm: "job" });
    await run();
    expect(listings).toBe(2);
  });
});

describe("a process that exited without an event", () => {
  test("is closed by a search, and so is one without exit events at all", async () => {
    for (const exitsUp of [true, false]) {
      const { kernel, counters } = await setUp({ exitsUp });
      const [lost] = [kernel.fork({ comm: "job" }).tgid, kernel.fork({ comm: "job" }).tgid];
      await run();
      losing(() => kernel.endProcess(lost));
      await run(exitsUp);
      expect([tracked().includes(lost), tracked().length, counters.vanished]).toEqual([false, 1, 1]);
      if (exitsUp) parts.close();
    }
  });

  test("is closed by the next run after a loss was noticed, though its zombie is still there", async () => {
    const { kernel, counters } = await setUp();
    const { tgid } = kernel.fork({ comm: "job" });
    await run();
    losing(() => kernel.endProcess(tgid, { reap: false }));
    await run();
    expect([tracked(), counters.vanished, counters.exitEventsLost]).toEqual([[], 1, 1]);
  });

  test("is closed once its exit is over, where it was exiting when the loss was looked into", async () => {
    const { kernel, counters } = await setUp();
    const { tgid } = kernel.fork({ comm: "job" });
    await run();
    losing(() => kernel.beginEnd(tgid));
    await run();
    expect([tracked(), counters.vanished]).toEqual([[tgid], 0]);
    kernel.finishEnd(tgid);
    await run();
    expect([tracked(), counters.vanished]).toEqual([[], 1]);
  });

  test("gives its id to a new process, which is adopted in the same run", async () => {
    const { kernel, counters } = await setUp();
    const { tgid } = kernel.fork({ comm: "former" });
    await run();
    losing(() => kernel.endProcess(tgid));
    kernel.advance(1_000_000);
    kernel.fork({ tgid, comm: "latter" });
    await run();
    expect([parts.account("former").processes, parts.account("latter").processes]).toEqual([0, 1]);
    expect([tracked(), counters.vanished]).toEqual([[tgid], 1]);
  });
});

describe("a process that /proc does not show", () => {
  test("stays tracked while the kernel knows it", async () => {
    const hidden = new Set<number>();
    const { kernel, counters } = await setUp({
      wrapProc: (reader) => failingProc(reader, { hides: (tgid) => hidden.has(tgid) }),
    });
    const { tgid } = kernel.fork({ comm: "job" });
    await run();
    // Its start is known from the first poll.
    kernel.add(tgid, { cpu_count: 1, cpu_run_virtual_total: 1 });
    await parts.poller.poll();
    hidden.add(tgid);
    await run(true);
    expect([tracked(), counters.vanished]).toEqual([[tgid], 0]);
    losing(() => kernel.endProcess(tgid));
    await run(true);
    expect([tracked(), counters.vanished]).toEqual([[], 1]);
  });
});

test("a check after a loss that fails is made again by the next run", async () => {
  let fails = false;
  const { kernel, counters } = await setUp({
    wrapProc: (reader) => failingProc(reader, { failsNow: () => fails }),
  });
  const { tgid } = kernel.fork({ comm: "job" });
  await run();
  losing(() => kernel.endProcess(tgid, { reap: false }));
  fails = true;
  await expect(run()).rejects.toMatchObject({ code: "PROC_UNREADABLE" });
  fails = false;
  await run();
  expect([tracked(), counters.vanished]).toEqual([[], 1]);
});
