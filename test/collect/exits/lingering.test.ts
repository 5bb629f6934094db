/** Processes of several threads that exited a moment ago. */

import { expect, test } from "@jest/globals";
import { createAccount } from "../../../src/account/account.ts";
import { createLingering } from "../../../src/collect/exits/lingering.ts";
import { createProcess, type Process } from "../../../src/collect/groups/process.ts";
import { createFakeKernel } from "../../support/fake-kernel.ts";
import { startFakeExporter } from "../../support/fake-exporter.ts";

function setUp() {
  const time = { nowUs: 0 };
  const expired: Process[] = [];
  const lingering = createLingering({
    clock: { monotonicUs: () => time.nowUs, unixSeconds: () => 0 },
    onExpired: (process) => expired.push(process),
  });
  const processOf = (tgid: number) => createProcess(tgid, { labels: {}, ruleLabels: {}, account: createAccount([]) });
  return { time, expired, lingering, processOf };
}

const mark = { ageUs: 5_000_000, startUs: 1.7e15, program: 77 };

test("a process is found for 200 ms after its exit, and is then reported as expired once", () => {
  const { time, expired, lingering, processOf } = setUp();
  const process = processOf(1);
  lingering.add(process, mark);
  time.nowUs = 199_999;
  lingering.expire();
  expect([lingering.find(1, mark), lingering.find(2, mark), expired]).toEqual([process, undefined, []]);
  time.nowUs = 200_000;
  lingering.expire();
  lingering.expire();
  expect([lingering.find(1, mark), expired]).toEqual([undefined, [process]]);
});

test("another process under the same id takes the place of the former one, which expires at once", () => {
  const { time, expired, lingering, processOf } = setUp();
  const [former, other, latter] = [processOf(1), processOf(2), processOf(1)];
  lingering.add(former, mark);
  time.nowUs = 100_000;
  lingering.add(other, mark);
  time.nowUs = 150_000;
  lingering.add(latter, mark);
  expect([lingering.find(1, mark), expired]).toEqual([latter, [former]]);
  time.nowUs = 300_000;
  lingering.expire();
  expect([lingering.find(1, mark), expired]).toEqual([latter, [former, other]]);
});

test.each([
  { difference: "another program", late: { ...mark, program: 78 } },
  { difference: "another start", late: { ...mark, startUs: mark.startUs + 3e6 } },
  { difference: "another age", late: { ...mark, ageUs: 900 } },
])("a record of $difference is of the next process that got the id", ({ late }) => {
  const { lingering, processOf } = setUp();
  const process = processOf(1);
  lingering.add(process, mark);
  expect(lingering.find(1, late)).toBeUndefined();
  expect(lingering.find(1, { ...mark, ageUs: mark.ageUs - 1000, startUs: mark.startUs + 1e6 })).toBe(process);
});

test("a process of a kernel whose records do not tell is found by its id alone", () => {
  const { lingering, processOf } = setUp();
  const process = processOf(1);
  const unknown = { ageUs: NaN, startUs: NaN, program: NaN };
  lingering.add(process, unknown);
  expect(lingering.find(1, unknown)).toBe(process);
});

test("figures of the next process of the same id are its own, though all its records wait in the same queue", async () => {
  const kernel = createFakeKernel();
  kernel.advance(1_000_000);
  const fake = await startFakeExporter(kernel);
  for (const [comm, exeInode, pages] of [
    ["first", 1, 40],
    ["second", 2, 900],
  ] as const) {
    const { tgid } = kernel.fork({ comm, tgid: 5000, shared: { ac_exe_inode: exeInode } });
    const { tid } = kernel.startThread(tgid);
    kernel.add(tid, { ac_minflt: pages });
    kernel.endThread(tid);
    const other = kernel.startThread(tgid);
    kernel.endThread(other.tid);
    kernel.endProcess(tgid);
  }
  const page = await fake.scrape();
  for (const [groupname, pages] of [
    ["first", 40],
    ["second", 900],
  ] as const) {
    expect(page.sum("taskstats_page_faults_total", { groupname, kind: "minor" })).toBe(pages);
    expect(page.sum("taskstats_thread_exits_total", { groupname })).toBe(3);
  }
  fake.stop();
});

test("a thread's record that comes after the last one of its process is billed to the process, on the page", async () => {
  const kernel = createFakeKernel();
  kernel.advance(1_000_000);
  const fake = await startFakeExporter(kernel);
  const crew = kernel.fork({ comm: "crew" });
  kernel.add(crew.tgid, { ac_minflt: 3, cpu_count: 1, cpu_run_virtual_total: 10 });
  const thread = kernel.startThread(crew.tgid);
  kernel.add(thread.tid, { ac_minflt: 40, cpu_count: 1, cpu_run_virtual_total: 20 });
  await fake.scrape();
  kernel.add(thread.tid, { ac_minflt: 2, cpu_count: 1, cpu_run_virtual_total: 5 });
  // The first event arrives after the second one.
  const kept: Uint8Array[] = [];
  let events = 0;
  kernel.faults.pass = (datagram, kind) => {
    if (kind !== "event" || ++events > 2) return datagram;
    kept.push(datagram);
    return events === 2 ? datagram : undefined;
  };
  kernel.endProcess(crew.tgid, { status: 9 });
  const [socket] = kernel.sockets.filter(({ queued }) => queued > 0);
  socket?.deliver({ bytes: kept[0] as Uint8Array, cost: 1280, drops: 1 });
  const page = await fake.scrape();
  const group = { groupname: "crew" };
  expect(page.sum("taskstats_process_exits_total", group)).toBe(1);
  expect(page.sum("taskstats_thread_exits_total", group)).toBe(2);
  expect(page.sum("taskstats_page_faults_total", { ...group, kind: "minor" })).toBe(45);
  expect(page.sum("taskstats_processes", group)).toBe(0);
  fake.stop();
});
