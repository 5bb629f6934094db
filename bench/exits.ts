/** A storm of exits at full speed, with default settings: what an event costs beside a bare C receiver, and whether one is lost. */

import { setTimeout as sleep } from "node:timers/promises";
import { profilerFlags, type Arguments } from "./arguments.ts";
import { startExporter } from "./exporter.ts";
import { scrape, valueOf, type Scrape } from "./scraper.ts";
import { startEmptyReceiver, startReceiver, type Receiver } from "./receiver.ts";
import type { MetricsServer } from "./server.ts";
import { spreadOf } from "./statistics.ts";
import { formatNumber, formatTable, formatTarget } from "./table.ts";
import { readRestingCpuNs } from "../test/support/usage.ts";
import { runStorm, type Exits } from "../test/support/workload-runs.ts";

/** With `floor` 1 an empty receiver in JavaScript runs too, which slows the storm. */
export const defaults = { count: 500_000, runs: 3, floor: 0 };

const kinds = ["threads", "processes"] as const;

interface Storm {
  readonly kind: (typeof kinds)[number];
  readonly ends: Exits;
  readonly received: number;
  readonly lost: number;
  readonly cpuUsPerEvent: number;
  /** Of the C receiver, in the same storm. */
  readonly bareUsPerEvent: number;
  /** Of the empty receiver in JavaScript; undefined where it does not run. */
  readonly emptyUsPerEvent: number | undefined;
  readonly lagMaxMs: number | undefined;
}

function difference(name: string, before: Scrape, after: Scrape): number {
  return (valueOf(after, name) ?? NaN) - (valueOf(before, name) ?? NaN);
}

interface Measured {
  readonly exporter: MetricsServer;
  readonly receiver: Receiver;
  readonly empty: Receiver | undefined;
}

interface Usage {
  readonly received: number;
  readonly cpuNs: number;
}

async function readUsage(receiver: Receiver): Promise<Usage> {
  return { received: await receiver.countReceived(), cpuNs: await readRestingCpuNs(receiver.pid) };
}

const usPerEvent = (before: Usage, after: Usage): number =>
  (after.cpuNs - before.cpuNs) / 1000 / (after.received - before.received);

async function measure({ exporter, receiver, empty }: Measured, kind: Storm["kind"], count: number): Promise<Storm> {
  const { pid, metricsUrl } = exporter;
  const before = await scrape(metricsUrl);
  const bareBefore = await readUsage(receiver);
  const emptyBefore = empty && (await readUsage(empty));
  const cpuBefore = await readRestingCpuNs(pid);
  const ends = await runStorm(kind, count);
  const cpuNs = (await readRestingCpuNs(pid)) - cpuBefore;
  const bareAfter = await readUsage(receiver);
  const emptyAfter = empty && (await readUsage(empty));
  const after = await scrape(metricsUrl);
  const received = difference("taskstats_exporter_exit_events_total", before, after);
  const lag = valueOf(after, "nodejs_eventloop_lag_max_seconds");
  return {
    kind,
    ends,
    received,
    lost: difference("taskstats_exporter_exit_events_lost_total", before, after),
    cpuUsPerEvent: cpuNs / 1000 / received,
    bareUsPerEvent: usPerEvent(bareBefore, bareAfter),
    emptyUsPerEvent: emptyBefore && emptyAfter && usPerEvent(emptyBefore, emptyAfter),
    lagMaxMs: lag === undefined ? undefined : lag * 1000,
  };
}

function formatRow(storm: Storm): string[] {
  const { kind, ends, received, lost, cpuUsPerEvent, bareUsPerEvent, emptyUsPerEvent, lagMaxMs } = storm;
  return [
    kind,
    formatNumber(ends.count, 0),
    formatNumber(received, 0),
    formatNumber(received + lost - ends.count, 0),
    formatNumber(lost, 0),
    formatNumber(ends.count / ends.seconds, 0),
    formatNumber(cpuUsPerEvent, 2),
    formatNumber(bareUsPerEvent, 2),
    formatNumber(cpuUsPerEvent / bareUsPerEvent, 2),
    emptyUsPerEvent === undefined ? "" : formatNumber(emptyUsPerEvent, 2),
    lagMaxMs === undefined ? "" : formatNumber(lagMaxMs, 0),
  ];
}

const head = [
  "tasks",
  "ends",
  "received",
  "of others",
  "lost",
  "ends per second",
  "CPU us per event",
  "C receiver's",
  "ratio",
  "empty JavaScript's",
  "lag max ms",
];

function formatMedian(kind: Storm["kind"], storms: readonly Storm[]): string {
  const ratios = storms
    .filter((storm) => storm.kind === kind)
    .map((storm) => storm.cpuUsPerEvent / storm.bareUsPerEvent);
  return `${formatNumber(spreadOf(ratios).median, 2)} (${kind})`;
}

/** @returns the table */
export async function run({ numbers, profileFolder }: Arguments<typeof defaults>): Promise<string> {
  const { count, runs, floor } = numbers;
  const exporter = await startExporter(profilerFlags(profileFolder));
  const receiver = await startReceiver();
  const empty = floor === 0 ? undefined : await startEmptyReceiver();
  const all = { exporter, receiver, empty };
  for (const kind of kinds) await measure(all, kind, Math.min(count, 50_000)); // The compiler has seen it then.
  const storms: Storm[] = [];
  for (let run = 0; run < runs; run++) {
    for (const kind of kinds) {
      await sleep(500);
      storms.push(await measure(all, kind, count));
    }
  }
  await exporter.stop();
  await receiver.stop();
  await empty?.stop();
  const lost = storms.reduce((sum, storm) => sum + storm.lost, 0);
  return [
    `${runs} storms of ${count} ends of each kind, default settings\n`,
    formatTable(head, storms.map(formatRow)),
    "Of others: events of tasks that ended meanwhile and are not the storm's (received + lost - ends).",
    formatTarget("CPU per event / the C receiver's <= 2.5", kinds.map((kind) => formatMedian(kind, storms)).join(", ")),
    formatTarget("0 lost at 50,000 per second", `${formatNumber(lost, 0)} lost`),
  ].join("\n");
}
