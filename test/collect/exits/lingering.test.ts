import { expect, test } from "@jest/globals";
import { createFakeKernel } from "../../support/fake-kernel.ts";
import { startFakeExporter } from "../../support/fake-exporter.ts";

test("a thread's record that comes after the one marked as its process's last is billed to the process", async () => {
  const kernel = createFakeKernel();
  kernel.advance(1_000_000);
  const fake = await startFakeExporter(kernel);
  const crew = kernel.fork({ comm: "crew" });
  kernel.add(crew.tgid, { ac_minflt: 3, cpu_count: 1, cpu_run_virtual_total: 10 });
  const thread = kernel.startThread(crew.tgid);
  kernel.add(thread.tid, { ac_minflt: 40, cpu_count: 1, cpu_run_virtual_total: 20 });
  await fake.scrape();
  kernel.add(thread.tid, { ac_minflt: 2, cpu_count: 1, cpu_run_virtual_total: 5 });
  // The first event is kept back until the second is out.
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
