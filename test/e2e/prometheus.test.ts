/**
 * What is shipped for Prometheus and Grafana, on a real Prometheus that scrapes the built program while the machine has
 * something to show: every query of every dashboard, rule and document is asked. What cannot have an answer here is in a
 * table with the reason, and must not have one. The labels of Kubernetes are put on by Prometheus, not by the exporter.
 */

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { setTimeout as pause } from "node:timers/promises";
import { useDelayacct } from "../support/delayacct.ts";
import { startLoad, type Load } from "../support/load.ts";
import { startProgram, type Program } from "../support/program.ts";
import type { Sample } from "../support/prometheus-server.ts";
import { prometheusObstacle, startPrometheus, type Prometheus } from "../support/prometheus.ts";
import { describeKernel } from "../support/real-kernel.ts";
import {
  dashboardQueries,
  documentQueries,
  fillVariables,
  readRules,
  variableQueries,
  type ShippedQuery,
} from "../support/shipped-queries.ts";

/** Rates over this much need no minutes of waiting; ten scrapes are enough for them. */
const window = "10s";

/** Queries that have no answer on this machine, by the place where they are written. */
const unanswered: readonly { readonly from: RegExp; readonly why: string }[] = [
  { from: /^exporter \/ Errors \/ malformed/, why: "no message of the kernel is unreadable" },
  { from: /taskstats_exporter_malformed_messages_total$/, why: "no message of the kernel is unreadable" },
  { from: /^exporter \/ Errors \/ refused/, why: "no client takes too much" },
  { from: /taskstats_exporter_requests_rejected_total$/, why: "no client takes too much" },
  { from: /^exporter \/ Programs started/, why: "no rule needs programs to be watched as they start" },
  { from: /^exporter \/ What had to be mended \/ programs/, why: "no rule needs programs to be watched as they start" },
  { from: /taskstats_exporter_exec_\w+$/, why: "no rule needs programs to be watched as they start" },
  {
    from: /^exporter \/ What had to be mended \/ (forks|unattributed)/,
    why: "records of this kernel name their process",
  },
  { from: /taskstats_exporter_fork_events_lost_total$/, why: "records of this kernel name their process" },
  { from: /taskstats_exporter_exit_records_unattributed_total$/, why: "records of this kernel name their process" },
  { from: /^exporter \/ Names of pods/, why: "this host is in no cluster" },
  { from: /^exporter \/ Failed requests for names/, why: "this host is in no cluster" },
  { from: /taskstats_exporter_(?:pod_watch_\w+|pods|containers_unnamed)$/, why: "this host is in no cluster" },
  { from: /^operations\.md \/ increase\(taskstats_exporter_pod_watch_errors_total/, why: "this host is in no cluster" },
  { from: /taskstats_cgroup_tasks$/, why: "no directory of a control group is named" },
  { from: /^operations\.md \/ max_over_time\(taskstats_cgroup_tasks/, why: "no directory of a control group is named" },
  { from: /taskstats_exporter_groups$/, why: "there are not 800 groups" },
  { from: /taskstats_exporter_groups_overflowed_total$/, why: "nothing overflows" },
  {
    from: /taskstats_exporter_thread_names_overflowed_total$/,
    why: "no group has more names of threads than the limit",
  },
  { from: /taskstats_exporter_groups_evicted_total$/, why: "no group has to give way" },
  { from: /taskstats_exporter_log_lines_dropped_total$/, why: "the log is read" },
  { from: /taskstats_exporter_unreadable_processes$/, why: "every process can be read" },
  { from: /taskstats_cpu_throttled_seconds_total$/, why: "no control group here has a quota" },
  { from: /^one-group \/ CPU waits: throttled .* \/ throttled$/, why: "no control group here has a quota" },
  { from: /taskstats_exporter_config_last_reload_successful$/, why: "nothing is wrong with the configuration" },
];

/** The alerts that this load must set off. All others must stay silent. */
const alerts: Readonly<Record<string, unknown>> = {
  TaskstatsGroupStarvedOfCpu: "pending", // for a quarter of an hour, it says
  TaskstatsCrashLoop: "firing",
  TaskstatsProcessKilled: "firing",
  // How fast this machine's disk is, and how much memory it has left, this test does not decide.
  TaskstatsDiskSlow: expect.stringMatching(/^(inactive|pending)$/),
  TaskstatsGroupShortOfMemory: expect.stringMatching(/^(inactive|pending)$/),
};

/** How long to wait for answers; it takes about 15 seconds. */
const patienceMs = 180_000;

const isUnanswered = ({ from }: ShippedQuery): boolean => unanswered.some((row) => row.from.test(from));

const isData = (samples: readonly Sample[]): boolean => samples.some(({ value }) => !Number.isNaN(value));

describe("the queries without an answer", () => {
  test.each(unanswered)("exist: $from, because $why", ({ from }) => {
    const shipped = [...dashboardQueries(), ...variableQueries(), ...documentQueries()];
    expect(shipped.filter((query) => from.test(query.from))).not.toEqual([]);
  });
});

describeKernel(
  "what is shipped, on a real Prometheus",
  () => {
    useDelayacct("1");
    const started: { stop(): Promise<unknown> }[] = [];
    let program: Program;
    let prometheus: Prometheus;
    let load: Load;
    /** The queries with the variables of this machine filled in. */
    let queries: readonly ShippedQuery[];
    /** The queries that have not had an answer so far. Each needs one only once: a rate over ten seconds soon has none again. */
    let open: readonly ShippedQuery[];

    /** The same question about this host and, where it is about one group, the one in which everything happens. */
    function fill({ from, expr }: ShippedQuery): ShippedQuery {
      const filled = fillVariables(expr, { groupname: load.mixed }, window)
        .replaceAll('"HOST"', `"${new URL(program.url).host}"`)
        .replaceAll('"GROUP"', `"${load.mixed}"`)
        .replace(/\[[^\]:]+\]/g, `[${window}]`)
        .replace(/\[[^\]:]+:[^\]]+\]/g, `[${window}:1s]`);
      return { from, expr: filled };
    }

    async function withoutAnswer(asked: readonly ShippedQuery[]): Promise<ShippedQuery[]> {
      const answers = await Promise.all(asked.map(({ expr }) => prometheus.query(expr)));
      return asked.filter((_query, index) => !isData(answers[index] ?? []));
    }

    /** Scrapes that may take next to no time. The exporter is quick enough for some of them; the others are its errors. */
    async function failScrapes(): Promise<void> {
      const headers = { "x-prometheus-scrape-timeout-seconds": "0.000001" };
      const scrapes = Array.from({ length: 10 }, () => program.get("/metrics", headers));
      await Promise.all(scrapes.map(async (scrape) => (await scrape).text()));
    }

    /** Keeps processes ending and scrapes failing until `done`. */
    async function until(done: () => Promise<boolean>): Promise<void> {
      const end = performance.now() + patienceMs;
      while (!(await done()) && performance.now() < end) {
        load.end();
        await failScrapes();
        await pause(250);
      }
    }

    beforeAll(async () => {
      started.push((program = await startProgram(["--collector.threads"])));
      started.push((prometheus = await startPrometheus(new URL(program.url).host)));
      started.push((load = await startLoad(`-${process.pid}`)));
      queries = [...dashboardQueries(), ...variableQueries(), ...documentQueries()].map(fill);
      open = queries.filter((query) => !isUnanswered(query));
      // The last to be there: ten seconds under load, and the alert whose rule looks back five minutes.
      const loaded = `count_over_time(taskstats_processes{groupname="${load.pair}"}[12s]) >= 11`;
      const starved = `ALERTS{alertname="TaskstatsGroupStarvedOfCpu", groupname="${load.crowd}"}`;
      const last = [loaded, starved].map((expr) => ({ from: "last", expr }));
      await until(async () => {
        open = await withoutAnswer(open);
        return open.length === 0 && (await withoutAnswer(last)).length === 0;
      });
    });

    afterAll(async () => {
      for (const { stop } of started.reverse()) await stop();
    });

    test("answers every query of dashboards and documents except those of the table", () => {
      expect(queries.length).toBeGreaterThan(150);
      expect(open).toEqual([]);
    });

    test("has no answer for the queries of the table", async () => {
      const listed = queries.filter(isUnanswered);
      expect(await withoutAnswer(listed)).toEqual(listed);
    });

    test("evaluates every rule without an error, and each recording rule has a result", async () => {
      const rules = await prometheus.rules();
      const shipped = [...readRules("recording.yml"), ...readRules("alerts.yml")];
      expect(rules.map(({ name }) => name).sort()).toEqual(
        shipped.map(({ record, alert }) => record ?? alert ?? "").sort(),
      );
      expect(rules.filter(({ health }) => health !== "ok")).toEqual([]);
      const recorded = rules.filter(({ type }) => type === "recording").map(({ name }) => ({ from: name, expr: name }));
      expect(await withoutAnswer(recorded)).toEqual([]);
    });

    test("sets off exactly the alerts that this load must set off", async () => {
      const read = async () => (await prometheus.rules()).filter(({ type }) => type === "alerting");
      const stateOf = (rules: Awaited<ReturnType<typeof read>>, wanted: string) =>
        rules.find(({ name }) => name === wanted)?.state;
      let rules = await read();
      // A scrape that takes longer than a second beside this load makes the exporter look down until the next one.
      await until(async () => stateOf((rules = await read()), "TaskstatsExporterDown") === "inactive");
      const states = Object.fromEntries(rules.map(({ name, state }) => [name, state]));
      const silent = Object.fromEntries(rules.map(({ name }) => [name, "inactive"]));
      expect(states).toEqual({ ...silent, ...alerts });
    });

    test("shows one second of waiting for a CPU per second of running where two processes share one", async () => {
      const group = `groupname="${load.pair}", namespace=""`;
      const waited = `sum(rate(taskstats_delay_seconds_total{${group}, kind="cpu"}[${window}]))`;
      const ran = `sum(rate(taskstats_cpu_run_seconds_total{${group}}[${window}]))`;
      const value = async (expr: string): Promise<number> => (await prometheus.query(expr))[0]?.value ?? NaN;
      const isWithin = (found: number, least: number, most: number): boolean => found > least && found < most;
      let [both, ratio] = [NaN, NaN];
      // A scrape that waits for a CPU itself has figures of a later moment than Prometheus believes: so a window in which none does is waited
      // for.
      await until(async () => {
        both = await value(`${waited} + ${ran}`);
        ratio = await value(`${waited} / ${ran}`);
        return isWithin(both, 1.8, 2.2) && isWithin(ratio, 0.8, 1.25);
      });
      // At any moment each of the two either runs or waits, whatever else the machine does: together two seconds a second.
      expect(both).toBeGreaterThan(1.8);
      expect(both).toBeLessThan(2.2);
      // The two come before all others, but not before the kernel's own work, which makes both wait for a moment.
      expect(ratio).toBeGreaterThan(0.8);
      expect(ratio).toBeLessThan(1.25);
    });

    test("shows exactly the exits of each kind that happened", async () => {
      const exits = `sum by (code) (taskstats_process_exits_total{groupname="${load.mixed}", namespace=""})`;
      const total = [...load.ends.values()].reduce((sum, count) => sum + count, 0);
      const shown = async (): Promise<Map<string, number>> =>
        new Map((await prometheus.query(exits)).map(({ labels, value }) => [labels["code"] ?? "", value]));
      const end = performance.now() + patienceMs;
      let found = await shown();
      while ([...found.values()].reduce((sum, count) => sum + count, 0) < total && performance.now() < end) {
        await pause(250);
        found = await shown();
      }
      expect(Object.fromEntries(found)).toEqual(Object.fromEntries(load.ends));
    });
  },
  { needs: ["cc", "taskset"], obstacle: prometheusObstacle },
);
