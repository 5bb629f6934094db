/**
 * The cost of processes that live too short to be discovered, where a rule asks for command lines: of those that are
 * forked and start no program, and of those that start one. With BASE=.../dist/main.js another build is measured in
 * turns with this one.
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { profilerFlags, type Arguments } from "./arguments.ts";
import { startExporter } from "./exporter.ts";
import { scrape, valueOf } from "./scraper.ts";
import type { MetricsServer } from "./server.ts";
import { ratioOf, spreadOf } from "./statistics.ts";
import { formatNumber, formatSpread, formatTable } from "./table.ts";
import { readRestingCpuNs } from "../test/support/usage.ts";
import { runChildren } from "../test/support/workload-runs.ts";

export const defaults = { count: 5000, rounds: 5 };

/** The rule that most configurations of process-exporter have. */
const rule = "process_names:\n  - name: '{{.ExeBase}}'\n    cmdline: ['.+']\n";

const workloads: Readonly<Record<string, readonly string[]>> = { forks: ["--no-exec"], "forks and execs": [] };

interface Contestant {
  readonly name: string;
  readonly server: MetricsServer;
}

interface Sample {
  readonly cpuUsPerChild: number;
  /** The share of exited processes that were unidentified. */
  readonly unidentified: number;
}

async function readEnds({
  metricsUrl,
}: MetricsServer): Promise<{ readonly all: number; readonly unidentified: number }> {
  const page = await scrape(metricsUrl);
  const name = "taskstats_exporter_exit_attribution_total";
  const by = (value: string): number => valueOf(page, `${name}{by="${value}"}`) ?? 0;
  const known = ["tracked", "exec", "event", "parent", "cgroup"].map(by).reduce((sum, value) => sum + value, 0);
  const unidentified = by("unidentified_cmdline");
  return { all: known + unidentified, unidentified };
}

async function measure({ server }: Contestant, count: number, how: readonly string[]): Promise<Sample> {
  const before = await readEnds(server);
  const cpuBefore = await readRestingCpuNs(server.pid);
  await runChildren(count, how);
  const cpuNs = (await readRestingCpuNs(server.pid)) - cpuBefore;
  const after = await readEnds(server);
  const unidentified = (after.unidentified - before.unidentified) / (after.all - before.all);
  return { cpuUsPerChild: cpuNs / 1000 / count, unidentified };
}

async function startContestants(path: string, nodeFlags: readonly string[]): Promise<Contestant[]> {
  const flags = [`--config.file=${path}`];
  const base = process.env["BASE"];
  const contestants = [
    { name: "with the rule", server: await startExporter(nodeFlags, { flags }) },
    { name: "without rules", server: await startExporter() },
  ];
  if (base === undefined) return contestants;
  return [...contestants, { name: "BASE with the rule", server: await startExporter([], { flags, program: base }) }];
}

function describeSamples(
  workload: string,
  name: string,
  samples: readonly Sample[],
  first: readonly Sample[],
): string[] {
  const costs = samples.map(({ cpuUsPerChild }) => cpuUsPerChild);
  const firstCosts = first.map(({ cpuUsPerChild }) => cpuUsPerChild);
  const unidentified = spreadOf(samples.map(({ unidentified }) => unidentified * 100));
  return [
    workload,
    name,
    formatSpread(spreadOf(costs)),
    formatSpread(unidentified, 2),
    formatNumber(ratioOf(costs, firstCosts).median, 2),
  ];
}

const head = ["children", "exporter", "CPU us per child", "% unidentified", "its CPU / the first's"];

/** @returns the table */
export async function run({ numbers: { count, rounds }, profileFolder }: Arguments<typeof defaults>): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  const path = join(folder, "groups.yaml");
  writeFileSync(path, rule);
  const contestants = await startContestants(path, profilerFlags(profileFolder));
  const rows: string[][] = [];
  for (const [workload, how] of Object.entries(workloads)) {
    const samples = contestants.map((): Sample[] => []);
    // All exporters run all the time, so each one also handles the children of the others' turns.
    for (const contestant of contestants) await measure(contestant, count, how);
    for (let round = 0; round < rounds; round++) {
      for (const [index, contestant] of contestants.entries())
        samples[index]?.push(await measure(contestant, count, how));
    }
    samples.forEach((own, index) => {
      rows.push(describeSamples(workload, contestants[index]?.name ?? "", own, samples[0] ?? []));
    });
  }
  for (const { server } of contestants) await server.stop();
  rmSync(folder, { recursive: true });
  return [`${rounds} rounds of ${count} children of each kind\n`, formatTable(head, rows)].join("\n");
}
