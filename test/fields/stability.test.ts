/** What is promised of each metric. A metric moves between these lists by decision, never by accident. */

import { expect, test } from "@jest/globals";
import { renderMetrics } from "../../docs/metrics.ts";
import { cgroupMetrics } from "../../src/fields/cgroup-stats.ts";
import { exporterMetrics } from "../../src/fields/exporter-metrics.ts";
import {
  counterMetrics,
  histogramMetrics,
  largestMetrics,
  lifeMetrics,
  threadCounterMetrics,
  threadsByName,
} from "../../src/fields/group-metrics.ts";
import { stateMetrics } from "../../src/fields/state-metrics.ts";

const groupMetrics = [
  ...[...counterMetrics, ...threadCounterMetrics, threadsByName],
  ...[...largestMetrics, ...histogramMetrics, ...Object.values(lifeMetrics), ...Object.values(stateMetrics)],
];
const metrics = [...groupMetrics, ...Object.values(cgroupMetrics), ...Object.values(exporterMetrics)];

const namesOf = (rows: readonly { readonly name: string; readonly stability: string }[], wanted: string): string[] =>
  rows.filter(({ stability }) => stability === wanted).map(({ name }) => name);

test("these metrics of groups are stable", () => {
  expect(namesOf(groupMetrics, "stable").sort()).toEqual([
    "taskstats_context_switches_total",
    "taskstats_cpu_run_real_seconds_total",
    "taskstats_cpu_run_seconds_total",
    "taskstats_cpu_scaled_seconds_total",
    "taskstats_cpu_seconds_total",
    "taskstats_delay_max_seconds",
    "taskstats_delay_seconds_total",
    "taskstats_delays_total",
    "taskstats_io_read_bytes_total",
    "taskstats_io_read_syscalls_total",
    "taskstats_io_write_syscalls_total",
    "taskstats_io_written_bytes_total",
    "taskstats_oldest_process_start_time_seconds",
    "taskstats_page_faults_total",
    "taskstats_process_cpu_seconds",
    "taskstats_process_delay_seconds",
    "taskstats_process_exits_total",
    "taskstats_process_lifetime_seconds",
    "taskstats_process_max_rss_bytes",
    "taskstats_process_starts_total",
    "taskstats_processes",
    "taskstats_rss_byte_seconds_total",
    "taskstats_storage_cancelled_write_bytes_total",
    "taskstats_storage_read_bytes_total",
    "taskstats_storage_written_bytes_total",
    "taskstats_thread_exits_total",
    "taskstats_threads",
    "taskstats_virtual_memory_byte_seconds_total",
  ]);
});

test("these metrics of the exporter itself are stable", () => {
  expect(namesOf(Object.values(exporterMetrics), "stable").sort()).toEqual([
    "taskstats_exporter_build_info",
    "taskstats_exporter_config_last_reload_success_timestamp_seconds",
    "taskstats_exporter_config_last_reload_successful",
    "taskstats_exporter_delayacct_enabled",
    "taskstats_exporter_exit_attribution_total",
    "taskstats_exporter_exit_events_lost_total",
    "taskstats_exporter_exit_events_total",
    "taskstats_exporter_exit_listener_up",
    "taskstats_exporter_groups",
    "taskstats_exporter_groups_overflowed_total",
    "taskstats_exporter_implausible_delay_seconds_total",
    "taskstats_exporter_implausible_delays_total",
    "taskstats_exporter_kernel_info",
    "taskstats_exporter_poll_duration_seconds",
    "taskstats_exporter_polled_processes",
    "taskstats_exporter_processes_without_delayacct",
    "taskstats_exporter_requests_rejected_total",
    "taskstats_exporter_resyncs_total",
    "taskstats_exporter_scrape_errors_total",
    "taskstats_exporter_unreadable_processes",
  ]);
});

test("the metric of control groups is experimental", () => {
  expect(namesOf(Object.values(cgroupMetrics), "experimental")).toEqual(["taskstats_cgroup_tasks"]);
});

test("docs/metrics.md shows the stability of each metric below its heading", () => {
  const shown = [...renderMetrics().matchAll(/^### (\S+)$(?:(?!^###)[^])*?^- stability: (\w+)$/gm)];
  expect(Object.fromEntries(shown.map(([, name = "", stability]) => [name, stability]))).toEqual(
    Object.fromEntries(metrics.map(({ name, stability }) => [name, stability])),
  );
});

test("docs/metrics.md says before the first metric what stable and experimental promise", () => {
  const [head = ""] = renderMetrics().split("\n## ");
  expect(head).toMatch(/\*\*stable\*\* metric keeps its name, type, unit and labels/);
  expect(head).toMatch(/\*\*experimental\*\* metric\smay change or go/);
});
