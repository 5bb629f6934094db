/** What figures by the names of threads cost a scrape: processes of many threads that all run, without and with `--collector.threads`. */

import { setTimeout as sleep } from "node:timers/promises";
import { readCpuNs, readMemory } from "../test/support/usage.ts";
import { startCrews } from "../test/support/workload-runs.ts";
import { profilerFlags, type Arguments } from "./arguments.ts";
import { startExporter } from "./exporter.ts";
import { scrape } from "./scraper.ts";
import { ratioOf, spreadOf } from "./statistics.ts";
import { formatNumber, formatSpread, formatTable } from "./table.ts";

export const defaults = { processes: 100, threads: 50, rounds: 20 };

/** Each thread runs once in that time, so that each scrape asks for all of them. */
const wakeMs = 1100;

/** What a server does after its last byte belongs to the scrape. */
const settleMs = 50;
const warmUps = 10;

const flagsOf = { without: [], with: ["--collector.threads"] } as const;

/** @returns the table */
export async function run({
  numbers: { processes, threads, rounds },
  profileFolder,
}: Arguments<typeof defaults>): Promise<string> {
  const crews = await startCrews(processes, threads);
  const contenders = await Promise.all(
    Object.entries(flagsOf).map(async ([name, flags]) => {
      const server = await startExporter(profilerFlags(profileFolder), { flags });
      return { name, server, cpuMs: [] as number[] };
    }),
  );
  for (let round = -warmUps; round < rounds; round++) {
    await sleep(wakeMs);
    for (const { server, cpuMs } of contenders) {
      const before = readCpuNs(server.pid);
      await scrape(server.metricsUrl);
      await sleep(settleMs);
      if (round >= 0) cpuMs.push((readCpuNs(server.pid) - before) / 1e6);
    }
  }
  const [without, by] = contenders.map(({ cpuMs }) => cpuMs) as [number[], number[]];
  const rows = contenders.map(({ name, server, cpuMs }) => [
    `${name} --collector.threads`,
    formatSpread(spreadOf(cpuMs)),
    formatNumber((spreadOf(cpuMs).median * 1000) / (processes * threads), 2),
    formatNumber(readMemory(server.pid).rss / 1e6),
  ]);
  for (const { server } of contenders) await server.stop();
  await crews.stop();
  return [
    `${processes} processes of ${threads} threads, each of which runs once a second; ${rounds} scrapes\n`,
    formatTable(["exporter", "CPU ms per scrape", "CPU us per thread", "RSS MB"], rows),
    `Three figures: least / median / greatest. With the flag to without: ${formatSpread(ratioOf(by, without), 2)}.`,
  ].join("\n");
}
