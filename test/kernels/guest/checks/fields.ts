/**
 * Law 4: fields that this kernel's struct lacks have no series. The versions are written here, not taken from the
 * program.
 */

import type { ScrapedPage } from "../../../support/page.ts";
import type { Facts } from "../../report.ts";
import type { Check } from "../check.ts";
import type { Verdict } from "../verdict.ts";

/** The struct version that brought each kind of delay. */
export const kindSince = {
  cpu: 4,
  blkio: 4,
  swapin: 4,
  freepages: 7,
  thrashing: 9,
  compact: 11,
  wpcopy: 13,
  irq: 14,
} as const;

/** Metrics whose fields came after struct version 10, the oldest that is booted. */
const metricSince = { taskstats_process_lifetime_seconds_count: 12, taskstats_delay_max_seconds: 15 } as const;

/** Size of the struct by version. */
const structBytes: Readonly<Record<number, number>> = { 10: 352, 11: 368, 13: 416, 14: 432, 16: 560, 17: 688 };

const always = [
  "delay_seconds_total",
  "delays_total",
  "context_switches_total",
  "cpu_run_seconds_total",
  "cpu_run_real_seconds_total",
  "cpu_seconds_total",
  "cpu_scaled_seconds_total",
  "page_faults_total",
  "storage_read_bytes_total",
  "storage_written_bytes_total",
  "storage_cancelled_write_bytes_total",
  "io_read_bytes_total",
  "io_written_bytes_total",
  "io_read_syscalls_total",
  "io_write_syscalls_total",
  "rss_byte_seconds_total",
  "virtual_memory_byte_seconds_total",
  "processes",
  "threads",
  "process_starts_total",
  "process_exits_total",
  "thread_exits_total",
  "process_cpu_seconds_count",
  "process_delay_seconds_count",
  "process_max_rss_bytes_count",
  "oldest_process_start_time_seconds",
];

/** Kinds of delay that have series, of any metric or of one. */
export function readKinds(page: ScrapedPage, metric = /^taskstats_(?:process_)?delays?_/): string[] {
  const names = [...page.series.keys()].filter((series) => metric.test(series));
  return Object.keys(kindSince).filter((kind) => names.some((series) => series.includes(`kind="${kind}"`)));
}

/** The kinds that must have series, apart from irq: whether the kernel accounts interrupts shows by its figures alone. */
export function compareKinds(verdict: Verdict, page: ScrapedPage, wanted: readonly string[]): void {
  const metrics = [/^taskstats_delay_seconds_total/, /^taskstats_delays_total/];
  for (const metric of metrics) {
    const got = readKinds(page, metric).filter((kind) => kind !== "irq");
    verdict.equal(`kinds of ${metric.source.slice(1)}`, got, wanted);
  }
}

/** The kinds that a struct of that version has, apart from irq. */
export function kindsOf(structVersion: number): string[] {
  const known = Object.entries(kindSince).filter(([kind, since]) => kind !== "irq" && since <= structVersion);
  return known.map(([kind]) => kind);
}

function compareKernelInfo(verdict: Verdict, page: ScrapedPage, facts: Facts): void {
  const { structVersion, structBytes: bytes, release } = facts;
  const labels = { release, struct_version: String(structVersion), struct_bytes: String(bytes) };
  verdict.equal("bytes of the struct", bytes, structBytes[structVersion]);
  verdict.equal("taskstats_exporter_kernel_info", page.value("taskstats_exporter_kernel_info", labels), 1);
  verdict.equal("exit listener", page.value("taskstats_exporter_exit_listener_up"), 1);
}

/** Needs a page with groups that have lived and exited under delay accounting. */
export const fields: Check = {
  title: "has series for the fields of this kernel's struct and for no others, and says the struct's version",
  async run(verdict, { program, facts }) {
    const page = await program.scrape();
    const { structVersion } = facts;
    compareKernelInfo(verdict, page, facts);
    compareKinds(verdict, page, kindsOf(structVersion));
    if (structVersion < kindSince.irq) verdict.equal("kind irq", readKinds(page).includes("irq"), false);
    for (const metric of always) verdict.equal(`taskstats_${metric}`, page.names.has(`taskstats_${metric}`), true);
    for (const [metric, since] of Object.entries(metricSince)) {
      verdict.equal(metric, page.names.has(metric), structVersion >= since);
    }
    verdict.count("series", page.series.size);
  },
};
