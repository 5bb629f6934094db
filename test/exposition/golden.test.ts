/** The whole page for lives that never change, beside the page that was read and approved: UPDATE_GOLDEN=1 writes it anew. */

import { expect, test } from "@jest/globals";
import { readFileSync, writeFileSync } from "node:fs";
import { createFakeKernel, type FakeKernel } from "../support/fake-kernel.ts";
import { startFakeExporter } from "../support/fake-exporter.ts";

const golden = new URL("../golden/page.txt", import.meta.url);

/** Figures of one thread that differ from field to field, so that no two can be mixed up. */
function figures(scale: number): Record<string, number> {
  const kinds = ["cpu", "blkio", "swapin", "freepages", "thrashing", "compact", "wpcopy", "irq"];
  const delays = kinds.flatMap((kind, index) => [
    [`${kind}_count`, scale * (index + 1)],
    [`${kind}_delay_total`, scale * (index + 1) * 1_000_000],
    [`${kind}_delay_max`, scale * (index + 1) * 1000],
  ]);
  const others = [
    ["cpu_run_real_total", 4_000_000],
    ["cpu_run_virtual_total", 3_500_000],
    ["ac_utime", 2500],
    ["ac_stime", 1500],
    ["ac_utimescaled", 2400],
    ["ac_stimescaled", 1400],
    ["ac_minflt", 110],
    ["ac_majflt", 2],
    ["coremem", 7],
    ["virtmem", 9],
    ["read_char", 1024],
    ["write_char", 2048],
    ["read_syscalls", 3072],
    ["write_syscalls", 4096],
    ["read_bytes", 5120],
    ["write_bytes", 6144],
    ["cancelled_write_bytes", 7168],
    ["nvcsw", 13],
    ["nivcsw", 17],
  ].map(([key, value]) => [key, scale * Number(value)]);
  return Object.fromEntries([...delays, ...others]) as Record<string, number>;
}

/** A server that lives with two threads, three jobs that end in three ways, and a name that needs escaping. */
function live(kernel: FakeKernel): void {
  kernel.advance(1_000_000);
  const server = kernel.fork({ comm: "server", figures: figures(10), shared: { hiwater_rss: 4096, hiwater_vm: 8192 } });
  kernel.startThread(server.tgid, { figures: figures(1) });
  for (const status of [0, 0x0300, 11]) {
    const job = kernel.fork({ comm: "job", figures: figures(1), shared: { hiwater_rss: 2048, hiwater_vm: 4096 } });
    kernel.advance(250_000);
    kernel.endProcess(job.tgid, { status });
  }
  kernel.fork({ comm: 'a"b\\c\nd', figures: figures(2) });
  kernel.advance(1_000_000);
}

/** What differs from one machine or run to the next. */
function mask(page: string): string {
  return page.replace(/node_version="[^"]*"/, 'node_version="v0"');
}

test("the page is the one that was approved, name for name and figure for figure", async () => {
  const kernel = createFakeKernel();
  kernel.advance(1_000_000);
  const fake = await startFakeExporter(kernel);
  try {
    fake.proc.write("sys/kernel/task_delayacct", "1\n");
    live(kernel);
    const page = mask(await fake.page());
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(golden, page);
    expect(page).toBe(readFileSync(golden, "utf8"));
  } finally {
    fake.stop();
  }
});

test("a kernel of 5.10 has no series for what its struct does not have", async () => {
  const kernel = createFakeKernel({ structVersion: 10, deadThreadsKept: false, groupVersionZero: true });
  const fake = await startFakeExporter(kernel);
  try {
    live(kernel);
    const page = await fake.scrape();
    const kinds = [...page.series.keys()].filter((series) => series.startsWith("taskstats_delays_total{"));
    expect([...new Set(kinds.map((series) => /kind="(\w+)"/.exec(series)?.[1]))]).toEqual([
      "cpu",
      "blkio",
      "swapin",
      "freepages",
      "thrashing",
    ]);
    expect(page.names).not.toContain("taskstats_delay_max_seconds");
    expect(page.names).toContain("taskstats_context_switches_total");
  } finally {
    fake.stop();
  }
});
