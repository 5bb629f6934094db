/** A storm of ends at full speed, with default settings: what an event costs, and whether one is lost. */

import { setTimeout as sleep } from "node:timers/promises";
import { profilerFlags, type Arguments } from "./arguments.ts";
import { startExporter } from "./exporter.ts";
import { scrape, valueOf, type Scrape } from "./page.ts";
import type { MetricsServer } from "./server.ts";
import { spreadOf } from "./statistics.ts";
import { formatNumber, formatTable, formatTarget } from "./table.ts";
import { readRestingCpuNs } from "../test/support/usage.ts";
import { runStorm, type Ends } from "./workload.ts";

export const defaults = { count: 500_000, runs: 3 };

const kinds = ["threads", "processes"] as const;

interface Storm {
  readonly kind: (typeof kinds)[number];
  readonly ends: Ends;
  readonly received: number;
  readonly lost: number;
  readonly cpuUsPerEvent: number;
  readonly lagMaxMs: number | undefined;
}

function difference(name: string, before: Scrape, after: Scrape): number {
  return (valueOf(after, name) ?? NaN) - (valueOf(before, name) ?? NaN);
}

async function measure({ pid, metricsUrl }: MetricsServer, kind: Storm["kind"], count: number): Promise<Storm> {
  const before = await scrape(metricsUrl);
  const cpuBefore = await readRestingCpuNs(pid);
  const ends = await runStorm(kind, count);
  const cpuNs = (await readRestingCpuNs(pid)) - cpuBefore;
  const after = await scrape(metricsUrl);
  const received = difference("taskstats_exporter_exit_events_total", before, after);
  const lag = valueOf(after, "nodejs_eventloop_lag_max_seconds");
  return {
    kind,
    ends,
    received,
    lost: difference("taskstats_exporter_exit_events_lost_total", before, after),
    cpuUsPerEvent: cpuNs / 1000 / received,
    lagMaxMs: lag === undefined ? undefined : lag * 1000,
  };
}

function formatRow({ kind, ends, received, lost, cpuUsPerEvent, lagMaxMs }: Storm): string[] {
  return [
    kind,
    formatNumber(ends.count, 0),
    formatNumber(received, 0),
    formatNumber(received + lost - ends.count, 0),
    formatNumber(lost, 0),
    formatNumber(ends.count / ends.seconds, 0),
    formatNumber(cpuUsPerEvent, 2),
    lagMaxMs === undefined ? "" : formatNumber(lagMaxMs, 0),
  ];
}

const head = ["tasks", "ends", "received", "of others", "lost", "ends per second", "CPU us per event", "lag max ms"];

function formatMedian(kind: Storm["kind"], storms: readonly Storm[]): string {
  const costs = storms.filter((storm) => storm.kind === kind).map(({ cpuUsPerEvent }) => cpuUsPerEvent);
  return `${formatNumber(spreadOf(costs).median, 2)} us (${kind})`;
}

/** @returns the table */
export async function run({ numbers: { count, runs }, profileFolder }: Arguments<typeof defaults>): Promise<string> {
  const exporter = await startExporter(profilerFlags(profileFolder));
  for (const kind of kinds) await measure(exporter, kind, Math.min(count, 50_000)); // The compiler has seen it then.
  const storms: Storm[] = [];
  for (let run = 0; run < runs; run++) {
    for (const kind of kinds) {
      await sleep(500);
      storms.push(await measure(exporter, kind, count));
    }
  }
  await exporter.stop();
  const lost = storms.reduce((sum, storm) => sum + storm.lost, 0);
  return [
    `${runs} storms of ${count} ends of each kind, default settings\n`,
    formatTable(head, storms.map(formatRow)),
    "Of others: events of tasks that ended meanwhile and are not the storm's (received + lost - ends).",
    formatTarget("<= 2 us CPU per event", kinds.map((kind) => formatMedian(kind, storms)).join(", ")),
    formatTarget("0 lost at 50,000 per second", `${formatNumber(lost, 0)} lost`),
  ].join("\n");
}
