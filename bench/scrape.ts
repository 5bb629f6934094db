/** A scrape among idle processes: this exporter, process-exporter, and the bare query loop, in turn. */

import { setTimeout as sleep } from "node:timers/promises";
import { stateCollectors } from "../src/fields/state-metrics.ts";
import { run as runCommand } from "../test/support/command.ts";
import { buildProgram } from "../test/support/workloads.ts";
import { profilerFlags, type Arguments } from "./arguments.ts";
import { startExporter } from "./exporter.ts";
import { scrape } from "./scraper.ts";
import { findProcessExporter, readVersion, startProcessExporter } from "./process-exporter.ts";
import type { MetricsServer } from "./server.ts";
import { ratioOf, spreadOf } from "./statistics.ts";
import { formatNumber, formatSpread, formatTable, formatTarget } from "./table.ts";
import { readCpuNs } from "../test/support/usage.ts";
import { startIdle } from "../test/support/workload-runs.ts";

export const defaults = { processes: 10_000, rounds: 20 };

interface Measurement {
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly bytes: number;
}

interface Contender {
  readonly name: string;
  readonly warmUps: number;
  readonly measure: () => Promise<Measurement>;
}

/** V8 has optimized the exporter's hot functions after this many scrapes. */
const warmUps = 20;

/** After its last byte a server collects garbage and closes the connection; that CPU time belongs to the scrape. */
const settleMs = 50;

function contend(name: string, { pid, metricsUrl }: MetricsServer, warmUps: number): Contender {
  return {
    name,
    warmUps,
    measure: async () => {
      const before = readCpuNs(pid);
      const { wallMs, bytes } = await scrape(metricsUrl);
      await sleep(settleMs);
      return { cpuMs: (readCpuNs(pid) - before) / 1e6, wallMs, bytes };
    },
  };
}

/** The bare queries of a poll: the sums (TGID) and the leader's record (PID) of each process. */
function contendBare(tgids: readonly number[]): Contender {
  const program = buildProgram(`${import.meta.dirname}/bare.c`);
  const input = tgids.join("\n");
  return {
    name: "bare C loop",
    warmUps: 1,
    measure: async () => {
      const result = JSON.parse(await runCommand(program, ["1"], { input })) as BareResult;
      const { cpu_us_per_query: cpuUs, wall_us_per_query: wallUs, queries } = result;
      return { cpuMs: (cpuUs * queries) / 1000, wallMs: (wallUs * queries) / 1000, bytes: 0 };
    },
  };
}

interface BareResult {
  readonly queries: number;
  readonly cpu_us_per_query: number;
  readonly wall_us_per_query: number;
}

/** Measures all in turn in each round, so that all share the machine's noise. @returns measurements by contender */
async function measureInTurn(contenders: readonly Contender[], rounds: number): Promise<Measurement[][]> {
  for (const { warmUps, measure } of contenders) for (let count = 0; count < warmUps; count++) await measure();
  const measured: Measurement[][] = contenders.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, { measure }] of contenders.entries()) measured[index]?.push(await measure());
  }
  return measured;
}

function formatResults(
  contenders: readonly Contender[],
  measured: readonly Measurement[][],
  processes: number,
): string {
  const cpu = measured.map((series) => series.map(({ cpuMs }) => cpuMs));
  const wall = measured.map((series) => series.map(({ wallMs }) => wallMs));
  const head = ["program", "CPU ms per scrape", "CPU us per process", "wall ms", "bytes", "its CPU / ours"];
  const rows = contenders.map(({ name }, index) => [
    name,
    formatSpread(spreadOf(cpu[index] ?? []), 2),
    formatNumber((spreadOf(cpu[index] ?? []).median * 1000) / processes, 2),
    formatSpread(spreadOf(wall[index] ?? [])),
    formatNumber(measured[index]?.at(-1)?.bytes ?? 0, 0),
    formatSpread(ratioOf(cpu[index] ?? [], cpu[0] ?? []), 2),
  ]);
  const medianOf = (index: number): number => spreadOf(cpu[index] ?? []).median;
  const target = (least: number, [neighbour, ours]: readonly [number, number]): string => {
    const [what, than] = [contenders[neighbour]?.name ?? "", contenders[ours]?.name ?? ""];
    const ratio = `${formatNumber(medianOf(neighbour) / medianOf(ours))} (of the medians)`;
    return formatTarget(`CPU of ${what} / ${than} >= ${least}`, ratio);
  };
  return [
    formatTable(head, rows),
    "Three figures: least / median / greatest of the rounds; the ratio is taken pair by pair.",
    target(40, [2, 0]),
    target(20, [3, 1]),
    formatTarget("wall <= 60 ms at 10,000", `${formatNumber(spreadOf(wall[0] ?? []).median)} ms at ${processes}`),
  ].join("\n");
}

/** @returns the table */
export async function run({
  numbers: { processes, rounds },
  profileFolder,
}: Arguments<typeof defaults>): Promise<string> {
  const neighbour = findProcessExporter();
  const neighbourName = `process-exporter ${await readVersion(neighbour)}`;
  const lean = ["-gather-smaps=false", "-threads=false"];
  const nodeFlags = profilerFlags(profileFolder);
  const idle = await startIdle(processes);
  const exporter = await startExporter(nodeFlags, { flags: stateCollectors.map((name) => `--no-collector.${name}`) });
  const stateful = await startExporter(nodeFlags, { flags: stateCollectors.map((name) => `--collector.${name}`) });
  const full = await startProcessExporter(neighbour, []);
  const leaner = await startProcessExporter(neighbour, lean);
  const contenders = [
    contend("taskstats-exporter, delays alone", exporter, warmUps),
    contend(`taskstats-exporter, ${stateCollectors.join(", ")}`, stateful, warmUps),
    contend(neighbourName, full, 2),
    contend(`${neighbourName} ${lean.join(" ")}`, leaner, 2),
    contendBare(idle.tgids),
  ];
  const measured = await measureInTurn(contenders, rounds);
  await Promise.all([exporter, stateful, full, leaner].map((server) => server.stop()));
  await idle.stop();
  return `${processes} idle processes, ${rounds} rounds\n\n${formatResults(contenders, measured, processes)}`;
}
