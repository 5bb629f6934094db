/** The time from the spawn of the exporter to its first page. */

import { profilerFlags, type Arguments } from "./arguments.ts";
import { startExporter } from "./exporter.ts";
import { scrape } from "./scraper.ts";
import { spreadOf, type Spread } from "./statistics.ts";
import { formatNumber, formatSpread, formatTable, formatTarget } from "./table.ts";
import { startIdle } from "../test/support/workload-runs.ts";

export const defaults = { runs: 10, processes: 5000 };

interface Starts {
  readonly ready: Spread;
  readonly firstPage: Spread;
}

async function measure(runs: number, nodeFlags: readonly string[]): Promise<Starts> {
  const ready: number[] = [];
  const firstPage: number[] = [];
  for (let run = 0; run < runs; run++) {
    const exporter = await startExporter(nodeFlags);
    const { wallMs } = await scrape(exporter.metricsUrl);
    ready.push(exporter.readyMs);
    firstPage.push(exporter.readyMs + wallMs);
    await exporter.stop();
  }
  return { ready: spreadOf(ready), firstPage: spreadOf(firstPage) };
}

/** @returns the table */
export async function run({
  numbers: { runs, processes },
  profileFolder,
}: Arguments<typeof defaults>): Promise<string> {
  const nodeFlags = profilerFlags(profileFolder);
  const few = await measure(runs, nodeFlags);
  const idle = await startIdle(processes);
  const many = await measure(runs, nodeFlags);
  await idle.stop();
  const row = (name: string, { ready, firstPage }: Starts) => [
    name,
    formatSpread(ready, 0),
    formatSpread(firstPage, 0),
  ];
  return [
    `${runs} starts each\n`,
    formatTable(
      ["idle processes", "ms until ready", "ms until the first page"],
      [row("none", few), row(formatNumber(processes, 0), many)],
    ),
    "Three figures: least / median / greatest.",
    formatTarget("first page <= 1 s", `${formatNumber(many.firstPage.median, 0)} ms with ${processes} processes`),
  ].join("\n");
}
