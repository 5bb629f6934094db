/** How a test on the fake kernel begins and what it can do: README.md shows this file. */

import { afterEach, expect, test } from "@jest/globals";
import { startFakeExporter, type FakeExporter } from "./fake-exporter.ts";
import { createFakeKernel } from "./fake-kernel.ts";

let fake: FakeExporter | undefined;
afterEach(() => fake?.stop());

test("a process that lived between two scrapes is on the page", async () => {
  // A kernel with one process, which is the exporter's own, and an exporter that has started on it.
  const kernel = createFakeKernel();
  fake = await startFakeExporter(kernel);

  // A process is forked, has 81 minor page faults, lives for 5 ms of virtual time, and is killed by SIGSEGV.
  const { tgid } = kernel.fork({ comm: "job" });
  kernel.add(tgid, { ac_minflt: 81 });
  kernel.advance(5_000);
  kernel.endProcess(tgid, { status: 11 });

  // The page that Prometheus would get.
  const page = await fake.scrape();
  const job = { groupname: "job" };
  expect(page.value("taskstats_page_faults_total", { ...job, kind: "minor" })).toBe(81);
  expect(page.value("taskstats_process_exits_total", { ...job, reason: "signaled", code: "SIGSEGV" })).toBe(1);
});

test("threads are billed by the events of their exits, and what still runs by a poll", async () => {
  const kernel = createFakeKernel();
  fake = await startFakeExporter(kernel);

  // A second later a process is forked that starts a thread. Both switch, and the thread exits. `cpu_count` grows
  // too: a poll takes a process for idle where neither that nor its run time has grown.
  kernel.advance(1_000_000);
  const { tgid } = kernel.fork({ comm: "server" });
  const { tid } = kernel.startThread(tgid);
  kernel.add(tgid, { nvcsw: 10, cpu_count: 10 });
  kernel.add(tid, { nvcsw: 5 });
  kernel.endThread(tid);

  const page = await fake.scrape();
  const server = { groupname: "server" };
  expect(page.value("taskstats_thread_exits_total", server)).toBe(1);
  expect(page.value("taskstats_threads", server)).toBe(1);
  expect(page.value("taskstats_context_switches_total", { ...server, kind: "voluntary" })).toBe(15);
});

test("an exit event that is lost or cut short is counted", async () => {
  const kernel = createFakeKernel();
  fake = await startFakeExporter(kernel);

  // `faults` decides what arrives of each datagram: here nothing of an exit event, then its first 100 bytes.
  kernel.faults.pass = (datagram, kind) => (kind === "event" ? undefined : datagram);
  kernel.endProcess(kernel.fork({ comm: "lost" }).tgid);
  kernel.faults.pass = (datagram, kind) => (kind === "event" ? datagram.subarray(0, 100) : datagram);
  kernel.endProcess(kernel.fork({ comm: "short" }).tgid);

  const page = await fake.scrape();
  expect(page.value("taskstats_exporter_exit_events_lost_total")).toBe(1);
  expect(page.sum("taskstats_exporter_malformed_messages_total")).toBe(1);
});

test.each([
  { release: "5.10", options: { structVersion: 10, deadThreadsKept: false, groupVersionZero: true } },
  { release: "6.18", options: { structVersion: 16 } },
  { release: "7.2", options: { structVersion: 17 } },
])("the struct of Linux $release gives the same page faults", async ({ options }) => {
  const kernel = createFakeKernel(options);
  fake = await startFakeExporter(kernel);
  const { tgid } = kernel.fork({ comm: "job", figures: { ac_minflt: 81 } });
  kernel.endProcess(tgid);
  const page = await fake.scrape();
  expect(page.value("taskstats_page_faults_total", { groupname: "job", kind: "minor" })).toBe(81);
});
