/** The exporter's share of a core while it is scraped every 15 s or not at all. */

import { setTimeout as sleep } from "node:timers/promises";
import { profilerFlags, type Arguments } from "./arguments.ts";
import { startExporter } from "./exporter.ts";
import { scrape, valueOf } from "./scraper.ts";
import type { MetricsServer } from "./server.ts";
import { formatNumber, formatTable, formatTarget } from "./table.ts";
import { readCpuNs, readMemory } from "../test/support/usage.ts";
import { startIdle } from "../test/support/workload-runs.ts";

export const defaults = { seconds: 60, processes: 10_000 };

interface Share {
  readonly processes: number;
  readonly scraped: boolean;
  readonly percent: number;
  /** Exit events of other programs of the machine. */
  readonly eventsPerSecond: number;
  readonly rss: number;
}

const scrapeIntervalMs = 15_000;
const warmUps = 5;
const settleMs = 2000;

/** Waits. Where `scraped`, asks for a page at once and then every 15 s. */
async function pass(metricsUrl: string, seconds: number, scraped: boolean): Promise<void> {
  const end = performance.now() + seconds * 1000;
  for (let next = performance.now(); next < end; next += scrapeIntervalMs) {
    if (scraped) await scrape(metricsUrl);
    await sleep(Math.max(0, Math.min(next + scrapeIntervalMs, end) - performance.now()));
  }
}

async function measure(
  { pid, metricsUrl }: MetricsServer,
  options: { readonly seconds: number; readonly scraped: boolean; readonly processes: number },
): Promise<Share> {
  const { seconds, scraped, processes } = options;
  const eventsBefore = await readEvents(metricsUrl);
  await sleep(settleMs);
  const before = readCpuNs(pid);
  const begin = performance.now();
  await pass(metricsUrl, seconds, scraped);
  const percent = (readCpuNs(pid) - before) / (performance.now() - begin) / 1e4;
  const eventsPerSecond = ((await readEvents(metricsUrl)) - eventsBefore) / seconds;
  return { processes, scraped, percent, eventsPerSecond, rss: readMemory(pid).rss };
}

async function readEvents(metricsUrl: string): Promise<number> {
  return valueOf(await scrape(metricsUrl), "taskstats_exporter_exit_events_total") ?? NaN;
}

async function measureAmong(processes: number, seconds: number, nodeFlags: readonly string[]): Promise<Share[]> {
  const idle = await startIdle(processes);
  const exporter = await startExporter(nodeFlags);
  for (let count = 0; count < warmUps; count++) await scrape(exporter.metricsUrl);
  const shares = [
    await measure(exporter, { seconds, processes, scraped: false }),
    await measure(exporter, { seconds, processes, scraped: true }),
  ];
  await exporter.stop();
  await idle.stop();
  return shares;
}

/** @returns the table */
export async function run({
  numbers: { seconds, processes },
  profileFolder,
}: Arguments<typeof defaults>): Promise<string> {
  const nodeFlags = profilerFlags(profileFolder);
  const shares = [
    ...(await measureAmong(0, seconds, nodeFlags)),
    ...(await measureAmong(processes, seconds, nodeFlags)),
  ];
  const rows = shares.map((share) => [
    share.processes === 0 ? "none" : formatNumber(share.processes, 0),
    share.scraped ? "every 15 s" : "none",
    formatNumber(share.percent, 3),
    formatNumber(share.eventsPerSecond),
    formatNumber(share.rss / 1e6),
  ]);
  const unasked = shares.filter(({ scraped }) => !scraped).map(({ percent }) => `${formatNumber(percent, 3)} %`);
  return [
    `${seconds} s each\n`,
    formatTable(["idle processes", "scrapes", "% of a core", "exit events per second", "RSS MB"], rows),
    formatTarget("idle < 0.5 % of a core", `${unasked.join(" and ")} without scrapes`),
  ].join("\n");
}
