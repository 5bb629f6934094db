/** Netlink sockets that are closed under the exporter, and replies that do not come or come cut short. */

import { afterEach, expect, test } from "@jest/globals";
import { createFakeKernel, type FakeKernel } from "../support/fake-kernel.ts";
import { startFakeExporter, type FakeExporter } from "../support/fake-exporter.ts";
import { createFalls } from "../support/falls.ts";
import { until } from "../support/until.ts";

let fake: FakeExporter | undefined;
afterEach(() => {
  fake?.stop();
  fake = undefined;
});

const minor = { kind: "minor" };

/** The sockets for exit events and for queries. */
function socketsOf(kernel: FakeKernel) {
  const [queries, events] = kernel.sockets;
  if (queries === undefined || events === undefined) throw new Error("the exporter opened no two sockets");
  return { queries, events };
}

test("a lost socket for queries fails one scrape, and is opened again", async () => {
  const kernel = createFakeKernel();
  fake = await startFakeExporter(kernel);
  const { tgid } = kernel.fork({ comm: "one", figures: { ac_minflt: 20, cpu_count: 1 } });
  await fake.scrape();
  socketsOf(kernel).queries.close();
  kernel.add(tgid, { ac_minflt: 3, cpu_count: 1 });
  await expect(fake.scrape()).rejects.toThrow(/SOCKET_FAILED.*EBADF/);
  expect((await fake.scrape()).sum("taskstats_page_faults_total", { groupname: "one", ...minor })).toBe(23);
});

test("a lost socket for exit events is opened again within a second, and until then the page says that figures are polled", async () => {
  const kernel = createFakeKernel();
  const current = (fake = await startFakeExporter(kernel));
  const falls = createFalls();
  const ids = [1, 2].map(() => kernel.fork({ comm: "crew", figures: { ac_minflt: 20, cpu_count: 1 } }).tgid);
  const scrape = async () => {
    const page = await current.scrape();
    falls.note(page);
    return page;
  };
  await scrape();
  socketsOf(kernel).events.close();
  const [first = 0, second = 0] = ids;
  kernel.endProcess(first);
  const meanwhile = await scrape();
  expect(meanwhile.value("taskstats_exporter_exit_listener_up")).toBe(0);
  expect(meanwhile.value("taskstats_processes", { groupname: "crew" })).toBe(1);
  expect(meanwhile.value("taskstats_exporter_processes_vanished_total")).toBe(1);
  expect(current.log.join("\n")).toMatch(/SOCKET_FAILED/);
  await until(() => kernel.sockets.length > 2);
  kernel.add(second, { ac_minflt: 5, cpu_count: 1 });
  kernel.endProcess(second);
  const page = await scrape();
  expect(page.value("taskstats_exporter_exit_listener_up")).toBe(1);
  expect(page.sum("taskstats_process_exits_total", { groupname: "crew" })).toBe(1);
  expect(page.sum("taskstats_page_faults_total", { groupname: "crew", ...minor })).toBe(45);
  expect(falls.found).toEqual([]);
});

test("exit events are still received if a socket fails for another reason than a closed descriptor", async () => {
  const kernel = createFakeKernel();
  const current = (fake = await startFakeExporter(kernel));
  const { events } = socketsOf(kernel);
  events.failNext("ENOMEM");
  const { tgid } = kernel.fork({ comm: "one", figures: { ac_minflt: 20, cpu_count: 1 } });
  kernel.endProcess(tgid);
  await until(() => current.log.some((line) => line.includes("ENOMEM")));
  await until(() => events.queued === 0);
  const page = await current.scrape();
  expect(kernel.sockets).toHaveLength(2);
  expect(page.value("taskstats_exporter_exit_listener_up")).toBe(1);
  expect(page.sum("taskstats_page_faults_total", { groupname: "one", ...minor })).toBe(20);
});

test.each([
  ["cut short", (datagram: Uint8Array) => datagram.slice(0, 40)],
  ["lost", () => undefined],
  ["empty", () => new Uint8Array(0)],
])(
  "replies that are %s change no counter, are counted as unanswered, and lose nothing once replies are whole again",
  async (_how, pass) => {
    const kernel = createFakeKernel();
    fake = await startFakeExporter(kernel);
    const falls = createFalls();
    const { tgid } = kernel.fork({ comm: "crew", figures: { ac_minflt: 20, cpu_count: 1 } });
    const thread = kernel.startThread(tgid, { figures: { ac_minflt: 7, cpu_count: 1 } });
    falls.note(await fake.scrape());
    kernel.faults.pass = (datagram, kind) => (kind === "reply" ? pass(datagram) : datagram);
    kernel.add(thread.tid, { ac_minflt: 5, cpu_count: 1 });
    const meanwhile = await fake.scrape();
    falls.note(meanwhile);
    expect(meanwhile.value("taskstats_exporter_queries_unanswered_total")).toBeGreaterThan(0);
    kernel.faults.pass = (datagram) => datagram;
    const page = await fake.scrape();
    falls.note(page);
    expect(page.sum("taskstats_page_faults_total", { groupname: "crew", ...minor })).toBe(32);
    expect(page.value("taskstats_process_starts_total", { groupname: "crew" })).toBe(1);
    expect(falls.found).toEqual([]);
  },
);
