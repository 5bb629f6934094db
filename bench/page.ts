/** The page of many groups: what a scrape of it costs as text and as messages, beside `gzip -1` of the same bytes and process-exporter. */

import { setTimeout as sleep } from "node:timers/promises";
import { readCpuNs, readMemory } from "../test/support/usage.ts";
import { profilerFlags, type Arguments } from "./arguments.ts";
import { startExporter } from "./exporter.ts";
import { formatPageCosts, measureGzip, measurePages, type PageCost } from "./page-alone.ts";
import { findProcessExporter, readVersion, startProcessExporter } from "./process-exporter.ts";
import { scrapeAs, type Accepted } from "./scraper.ts";
import type { MetricsServer } from "./server.ts";
import { spreadOf } from "./statistics.ts";
import { formatNumber, formatSpread, formatTable, formatTarget } from "./table.ts";
import { startGroups } from "../test/support/workload-runs.ts";

export const defaults = { rounds: 20 };

/** Groups of one sleeping process each. */
const sizes = [1, 100, 900];

/** Pages that are made without a scrape. */
const pageRounds = 100;

/** What a server does after its last byte belongs to the scrape. */
const settleMs = 50;

/** A compiler that optimizes what runs often has seen enough after so many scrapes. */
const warmUps = 60;

interface Contender {
  readonly name: string;
  readonly server: MetricsServer;
  readonly accept: Accepted;
}

interface Row {
  readonly groups: number;
  readonly name: string;
  readonly series: number;
  readonly bytes: number;
  readonly cpuMs: readonly number[];
  /** CPU time that gzip needs for the same bytes, at its fastest. */
  readonly gzipMs: number;
  readonly residentBytes: number;
}

/** @returns the median of some runs */
const gzipMsOf = (bytes: Buffer): number => spreadOf(Array.from({ length: 5 }, () => measureGzip(bytes))).median;

const countSeries = (bytes: Buffer): number =>
  bytes
    .toString()
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#")).length;

async function measureCpu({ server, accept }: Contender): Promise<number> {
  const before = readCpuNs(server.pid);
  await scrapeAs(server.metricsUrl, accept);
  await sleep(settleMs);
  return (readCpuNs(server.pid) - before) / 1e6;
}

async function measure(contenders: readonly Contender[], groups: number, rounds: number): Promise<Row[]> {
  for (const { server, accept } of contenders)
    for (let count = 0; count < warmUps; count++) await scrapeAs(server.metricsUrl, accept);
  const cpuMs = contenders.map((): number[] => []);
  for (let round = 0; round < rounds; round++)
    for (const [index, contender] of contenders.entries()) cpuMs[index]?.push(await measureCpu(contender));
  const rows: Row[] = [];
  for (const [index, { name, server, accept }] of contenders.entries()) {
    const bytes = await scrapeAs(server.metricsUrl, accept);
    rows.push({
      ...{ groups, name, bytes: bytes.length, cpuMs: cpuMs[index] ?? [], gzipMs: gzipMsOf(bytes) },
      series: countSeries(await scrapeAs(server.metricsUrl, "text")),
      residentBytes: readMemory(server.pid).rss,
    });
  }
  return rows;
}

const medianOf = ({ cpuMs }: Row): number => spreadOf(cpuMs).median;

function formatRow(row: Row): string[] {
  const { groups, name, series, bytes, cpuMs, gzipMs, residentBytes } = row;
  return [
    formatNumber(groups, 0),
    name,
    formatNumber(series, 0),
    formatNumber(bytes, 0),
    formatSpread(spreadOf(cpuMs)),
    formatNumber((1000 * medianOf(row)) / series, 2),
    formatNumber(gzipMs),
    formatNumber(medianOf(row) / gzipMs, 2),
    formatNumber(residentBytes / 1e6, 0),
  ];
}

const head = [
  ...["groups", "program", "series", "bytes", "CPU ms per scrape", "us per series", "gzip -1 ms"],
  ...["CPU / gzip -1", "resident MB"],
];

/** Series of one more idle group. */
function seriesPerGroup(rows: readonly Row[]): number {
  const [one, most] = [rows.find(({ groups }) => groups === 1), rows.findLast(({ groups }) => groups === 900)];
  return ((most?.series ?? NaN) - (one?.series ?? NaN)) / 899;
}

const formatRatios = (costs: readonly PageCost[], format: PageCost["format"]): string =>
  costs
    .filter((cost) => cost.format === format)
    .map(({ ratio, changedShare }) => `${formatNumber(ratio.median, 2)} if ${100 * changedShare} % change`)
    .join(", ");

/** @returns the table */
export async function run({ numbers: { rounds }, profileFolder }: Arguments<typeof defaults>): Promise<string> {
  const neighbour = findProcessExporter();
  const neighbourName = `process-exporter ${await readVersion(neighbour)}`;
  const rows: Row[] = [];
  for (const groups of sizes) {
    const idle = await startGroups(groups);
    const exporter = await startExporter(profilerFlags(profileFolder));
    const messages = await startExporter();
    const other = await startProcessExporter(neighbour, []);
    const contenders: readonly Contender[] = [
      { name: "taskstats-exporter, text", server: exporter, accept: "text" },
      { name: "taskstats-exporter, protobuf", server: messages, accept: "protobuf" },
      { name: `${neighbourName}, text`, server: other, accept: "text" },
    ];
    rows.push(...(await measure(contenders, groups, rounds)));
    await Promise.all([exporter, messages, other].map((server) => server.stop()));
    await idle.stop();
  }
  const alone = await measurePages(pageRounds);
  const [text] = rows.filter(({ groups }) => groups === 900);
  return [
    `groups of one sleeping process each, ${rounds} rounds\n`,
    formatTable(head, rows.map(formatRow)),
    "Three figures: least / median / greatest of the rounds. The page also has the groups of the machine itself.",
    `\nFrom the figures of 900 groups to the bytes of the page, ${pageRounds} pages each\n`,
    formatPageCosts(alone),
    formatTarget("text of 900 groups / gzip -1 <= 2", formatRatios(alone, "text")),
    formatTarget("protobuf of 900 groups / gzip -1 <= 1", formatRatios(alone, "protobuf")),
    formatTarget(
      "series per idle group <= 60",
      formatNumber(seriesPerGroup(rows.filter(({ name }) => name === "taskstats-exporter, text")), 0),
    ),
    formatTarget(
      "resident memory with 900 groups <= 140 MB",
      `${formatNumber((text?.residentBytes ?? 0) / 1e6, 0)} MB`,
    ),
  ].join("\n");
}
