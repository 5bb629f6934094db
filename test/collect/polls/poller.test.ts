/** Polls of processes on a fake kernel: what is asked, what is billed, and what shows that a process is another one. */

import { afterEach, describe, expect, test } from "@jest/globals";
import type { Process } from "../../../src/collect/groups/process.ts";
import { slotOf } from "../../../src/fields/fields.ts";
import { createCollectParts, type CollectParts, type CollectPartsOptions } from "../../support/collect-parts.ts";

const minflt = slotOf("ac_minflt");
let parts: CollectParts;
afterEach(() => parts.close());

async function setUp(options: CollectPartsOptions = {}): Promise<CollectParts> {
  parts = await createCollectParts(options);
  await parts.discover();
  // The exporter itself is tracked too: it has been polled.
  await parts.poller.poll();
  return parts;
}

const faultsOf = (groupname: string): number | undefined => parts.account(groupname).exact[minflt];
const work = (tid: number, faults: number): void =>
  parts.kernel.add(tid, { ac_minflt: faults, cpu_count: 1, cpu_run_virtual_total: 1000 });

/** Starts a process that is tracked. */
async function fork(comm: string): Promise<Process> {
  const { tgid } = parts.kernel.fork({ comm });
  await parts.discover();
  const process = parts.tracker.processes.get(tgid);
  if (process === undefined) throw new Error("not tracked");
  return process;
}

/** Queries of the next poll. */
async function countQueries(): Promise<{ tgid: number; pid: number }> {
  const { tgid, pid } = parts.kernel.queries;
  await parts.poller.poll();
  return { tgid: parts.kernel.queries.tgid - tgid, pid: parts.kernel.queries.pid - pid };
}

describe("a poll", () => {
  test("bills what a process has done since it started, and later what it has done since", async () => {
    await setUp();
    const { tgid } = await fork("job");
    work(tgid, 5);
    await parts.poller.poll();
    expect([faultsOf("job"), parts.account("job").starts]).toEqual([5, 1]);
    work(tgid, 2);
    await parts.poller.poll();
    expect([faultsOf("job"), parts.counters.polledProcesses]).toEqual([7, 2]);
  });

  test("asks once for a process that has not run, twice for one that has, and for each thread of several", async () => {
    await setUp();
    const [idle, single, crew] = [await fork("idle"), await fork("single"), await fork("crew")];
    const { tid } = parts.kernel.startThread(crew.tgid);
    for (const id of [idle.tgid, single.tgid, crew.tgid, tid]) work(id, 1);
    await parts.poller.poll();
    expect(await countQueries()).toEqual({ tgid: 4, pid: 0 });
    work(single.tgid, 1);
    expect(await countQueries()).toEqual({ tgid: 4, pid: 1 });
    work(crew.tgid, 1);
    expect(await countQueries()).toEqual({ tgid: 4, pid: 3 });
    expect([faultsOf("idle"), faultsOf("single"), faultsOf("crew"), crew.threadCount]).toEqual([1, 2, 3, 2]);
  });

  test("counts the threads of a process in /proc only where its sums differ from the leader's figures", async () => {
    const counted: number[] = [];
    await setUp({
      wrapProc: (reader) => {
        return { ...reader, countThreads: (tgid) => (counted.push(tgid), reader.countThreads(tgid)) };
      },
    });
    const [single, crew] = [await fork("single"), await fork("crew")];
    for (const id of [single.tgid, crew.tgid, parts.kernel.startThread(crew.tgid).tid]) work(id, 1);
    await parts.poller.poll();
    expect([counted, single.threadCount, crew.threadCount]).toEqual([[crew.tgid], 1, 2]);
  });

  test("takes another command for an exec, and bills all since the last poll to the new group", async () => {
    await setUp();
    const { tgid } = await fork("before");
    work(tgid, 5);
    await parts.poller.poll();
    work(tgid, 2);
    parts.kernel.exec(tgid, { comm: "after" });
    await parts.poller.poll();
    expect([faultsOf("before"), faultsOf("after")]).toEqual([5, 2]);
  });

  test("bills nothing of another process that has got the id, and reports the tracked one as gone", async () => {
    const { kernel, gone } = await setUp();
    const { tgid } = await fork("former");
    work(tgid, 5);
    await parts.poller.poll();
    kernel.endProcess(tgid);
    kernel.advance(1_000_000);
    kernel.fork({ tgid, comm: "latter" });
    for (const faults of [100, 1000]) work(tgid, faults);
    await parts.poller.poll();
    expect([gone, faultsOf("former")]).toEqual([[tgid], 5]);
  });

  test.each([
    ["leaves a zombie to its exit event", true, 0],
    ["reports a zombie as gone where exit events do not arrive", false, 1],
  ])("%s", async (_title, exitsUp, count) => {
    const { kernel, gone } = await setUp({ exitsUp });
    const { tgid } = await fork("job");
    work(tgid, 5);
    await parts.poller.poll();
    kernel.endProcess(tgid, { reap: false });
    // The kernel's sums of a zombie of one thread are zero.
    await parts.poller.poll();
    expect([gone.length, faultsOf("job")]).toEqual([count, 5]);
  });

  test("learns from the leader's record whether delays are accounted", async () => {
    await setUp();
    const [waited, faulted, young] = [await fork("waited"), await fork("faulted"), await fork("young")];
    work(waited.tgid, 5000);
    parts.kernel.add(waited.tgid, { blkio_count: 1 });
    work(faulted.tgid, 1001);
    work(young.tgid, 1000);
    await parts.poller.poll();
    expect([waited.delays, faulted.delays, young.delays]).toEqual(["accounted", "missing", "unknown"]);
  });

  test("throws where the kernel refuses, and goes on with the next poll", async () => {
    const { kernel } = await setUp();
    const { tgid } = await fork("job");
    work(tgid, 5);
    kernel.faults.refuseQueries = 1;
    await expect(parts.poller.poll()).rejects.toMatchObject({ code: "CAPABILITY_MISSING" });
    kernel.faults.refuseQueries = undefined;
    await parts.poller.poll();
    expect(faultsOf("job")).toBe(5);
  });
});

describe("a process that is about to be moved to another group", () => {
  test("is billed to its present group, whatever its command is by now", async () => {
    await setUp();
    const process = await fork("before");
    work(process.tgid, 5);
    parts.kernel.rename(process.tgid, "after");
    parts.poller.billUpToNow(process);
    expect([faultsOf("before"), parts.groupnames().includes("after")]).toEqual([5, false]);
  });

  test("is billed with the figures of each thread where it is moved with others", async () => {
    await setUp();
    const process = await fork("crew");
    const { tid } = parts.kernel.startThread(process.tgid);
    for (const id of [process.tgid, tid]) work(id, 4);
    await parts.poller.billAllUpToNow([process]);
    expect(faultsOf("crew")).toBe(8);
  });
});

test("the processes that ran are found once each time that they ran, whatever polls have seen", async () => {
  await setUp();
  const [one, other] = [await fork("one"), await fork("other")];
  for (const { tgid } of [one, other]) work(tgid, 1);
  const find = async () => (await parts.poller.findRan([one, other])).map(({ tgid }) => tgid);
  expect(await find()).toEqual([one.tgid, other.tgid]);
  expect(await find()).toEqual([]);
  work(other.tgid, 1);
  await parts.poller.poll();
  expect(await find()).toEqual([other.tgid]);
  one.ended = true;
  work(one.tgid, 1);
  expect(await find()).toEqual([]);
});
