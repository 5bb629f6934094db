/**
 * Dashboards and alerts that were made for process-exporter, on a real Prometheus that scrapes this program with
 * --compat.process-exporter: each of their queries has an answer.
 */

import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { setTimeout as pause } from "node:timers/promises";
import { findDebianProgram } from "../debian/programs.ts";
import { startProgram, type Program } from "../support/program.ts";
import { scrapeEvery, startServer, type PrometheusServer } from "../support/prometheus-server.ts";
import { describeKernel } from "../support/real-kernel.ts";

const group = 'groupname=~"$processes"';
const host = 'instance=~"$instance"';

/** The queries of Grafana's dashboard 249, "Named processes", with its variables `processes` and `interval`. */
const dashboard249 = [
  `sum(namedprocess_namegroup_num_procs{${group}}) without (mode)`,
  `sum(rate(namedprocess_namegroup_cpu_seconds_total{${group}}[$interval])) without (mode)`,
  `rate(namedprocess_namegroup_read_bytes_total{${group}}[$interval])`,
  `rate(namedprocess_namegroup_write_bytes_total{${group}}[$interval])`,
  `sum(namedprocess_namegroup_memory_bytes{${group}, memtype="resident"}) without (mode)`,
  `sum(namedprocess_namegroup_memory_bytes{${group}, memtype="virtual"}) without (mode)`,
];

/** Of process-exporter's own dashboards, and of alerts. */
const others = [
  `sum by (groupname) (changes(namedprocess_namegroup_oldest_start_time_seconds{${host}, ${group}}[$interval]))`,
  `time() - min by (groupname) (namedprocess_namegroup_oldest_start_time_seconds{${group}})`,
  `sum by (groupname) (rate(namedprocess_namegroup_major_page_faults_total{${host}, ${group}}[$interval]))`,
  `sum by (groupname) (rate(namedprocess_namegroup_context_switches_total{${group}, ctxswitchtype="nonvoluntary"}[$interval]))`,
  `sum by (groupname) (rate(namedprocess_namegroup_context_switches_total{${group}, ctxswitchtype="voluntary"}[$interval]))`,
  `sum by (groupname) (namedprocess_namegroup_memory_bytes{${group}, memtype="swapped"})`,
  `sum by (groupname) (namedprocess_namegroup_num_threads{${group}})`,
  `sum(namedprocess_namegroup_states{${host}, state="Running"})`,
  `sum(namedprocess_namegroup_states{${host}, state="Waiting"})`,
  `sum by (groupname) (namedprocess_namegroup_states{state="Zombie"})`,
  `max by (groupname) (namedprocess_namegroup_worst_fd_ratio{${group}})`,
  `sum by (groupname) (namedprocess_namegroup_open_filedesc{${group}})`,
  `sum(namedprocess_scrape_errors{${host}}) + sum(namedprocess_scrape_partial_errors) + sum(namedprocess_scrape_procread_errors)`,
  // An alert on a service that is down has an answer while its group is there.
  `namedprocess_namegroup_num_procs{${group}} >= 0`,
  `rate(namedprocess_namegroup_cpu_seconds_total{${group}, mode="system"}[$interval])`,
  `rate(namedprocess_namegroup_cpu_seconds_total{${group}, mode="user"}[$interval])`,
  `rate(namedprocess_namegroup_minor_page_faults_total{${group}}[$interval])`,
];

const fill = (expr: string): string =>
  expr.replaceAll("$processes", ".+").replaceAll("$instance", ".+").replaceAll("$interval", "1m");

const { path: prometheusPath, obstacle } = await findDebianProgram({ package: "prometheus", program: "prometheus" });

/** How long to wait for answers; a rate needs two scrapes. */
const patienceMs = 60_000;

describeKernel(
  "dashboards for process-exporter",
  () => {
    let program: Program;
    let prometheus: PrometheusServer;

    beforeAll(async () => {
      program = await startProgram(["--compat.process-exporter"]);
      prometheus = await startServer(prometheusPath, scrapeEvery(1, [new URL(program.url).host]));
    });
    afterAll(async () => {
      await prometheus.stop();
      await program.stop();
    });

    test.each([...dashboard249, ...others])("have an answer to %s", async (expr) => {
      const end = performance.now() + patienceMs;
      let answer = await prometheus.query(fill(expr));
      while (answer.length === 0 && performance.now() < end) {
        await pause(250);
        answer = await prometheus.query(fill(expr));
      }
      expect(answer.filter(({ value }) => !Number.isNaN(value))).not.toEqual([]);
    });

    test("find the groups for their variable `processes`", async () => {
      const names = await prometheus.ask<readonly string[]>(
        "api/v1/label/groupname/values?match[]=namedprocess_namegroup_cpu_seconds_total",
      );
      expect(names.length).toBeGreaterThan(1);
    });
  },
  { needs: [], obstacle },
);
