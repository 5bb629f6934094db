/** A million ends in batches, each followed by a scrape, among many idle processes: does anything grow? */

import { profilerFlags, type Arguments } from "./arguments.ts";
import { startExporter } from "./exporter.ts";
import { scrape, valueOf } from "./page.ts";
import type { MetricsServer } from "./server.ts";
import { spreadOf } from "./statistics.ts";
import { formatNumber, formatSpread, formatTable, formatTarget } from "./table.ts";
import { readMemory } from "./task.ts";
import { runStorm, startIdle } from "./workload.ts";

export const defaults = { ends: 1_000_000, processes: 10_000 };

const tenths = 10;
const batchesPerTenth = 10;

/** Of one batch of ends and the scrape after it. */
interface Batch {
  readonly ends: number;
  readonly lost: number;
  readonly wallMs: number;
  readonly lagMs: number;
}

interface Tenth {
  readonly batches: readonly Batch[];
  readonly rss: number;
}

async function scrapeAfter({ metricsUrl }: MetricsServer, ends: number): Promise<Batch> {
  const page = await scrape(metricsUrl);
  const lost = valueOf(page, "taskstats_exporter_exit_events_lost_total") ?? NaN;
  const lagMs = (valueOf(page, "nodejs_eventloop_lag_max_seconds") ?? NaN) * 1000;
  return { ends, lost, wallMs: page.wallMs, lagMs };
}

async function runTenth(exporter: MetricsServer, ends: number): Promise<Tenth> {
  const batches: Batch[] = [];
  for (let batch = 0; batch < batchesPerTenth; batch++) {
    const storm = await runStorm(batch % 2 === 0 ? "processes" : "threads", Math.ceil(ends / batchesPerTenth));
    batches.push(await scrapeAfter(exporter, storm.count));
  }
  return { batches, rss: readMemory(exporter.pid).rss };
}

function formatRows(measured: readonly Tenth[]): string[][] {
  let sum = 0;
  return measured.map(({ batches, rss }) => {
    sum += batches.reduce((total, { ends }) => total + ends, 0);
    return [
      formatNumber(sum, 0),
      formatNumber(rss / 1e6),
      formatNumber(batches.at(-1)?.lost ?? NaN, 0),
      formatSpread(spreadOf(batches.map(({ wallMs }) => wallMs))),
      formatSpread(spreadOf(batches.map(({ lagMs }) => lagMs))),
    ];
  });
}

/** @returns the table */
export async function run({
  numbers: { ends, processes },
  profileFolder,
}: Arguments<typeof defaults>): Promise<string> {
  const idle = await startIdle(processes);
  const exporter = await startExporter(profilerFlags(profileFolder));
  const measured: Tenth[] = [{ batches: [await scrapeAfter(exporter, 0)], rss: readMemory(exporter.pid).rss }];
  for (let tenth = 0; tenth < tenths; tenth++) measured.push(await runTenth(exporter, Math.ceil(ends / tenths)));
  const { peak } = readMemory(exporter.pid);
  await exporter.stop();
  await idle.stop();
  const last = formatNumber((measured.at(-1)?.rss ?? NaN) / 1e6);
  const first = formatNumber((measured[1]?.rss ?? NaN) / 1e6);
  return [
    `${formatNumber(ends, 0)} ends in ${tenths * batchesPerTenth} batches among ${processes} idle processes\n`,
    formatTable(
      ["ends so far", "RSS MB", "lost so far", "scrape wall ms", "event loop lag max ms"],
      formatRows(measured),
    ),
    "Three figures: least / median / greatest of the batches of that tenth.",
    formatTarget(
      "RSS <= 130 MB, flat",
      `${first} MB after the first tenth, ${last} MB at the end, peak ${formatNumber(peak / 1e6)} MB`,
    ),
  ].join("\n");
}
