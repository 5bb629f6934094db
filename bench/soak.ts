/**
 * A million exits and a hundred thousand threads of processes with many threads, in batches with scrapes among them,
 * beside many idle processes and some thousand threads that run. It shows whether memory grows and whether the event
 * loop is held up.
 */

import { profilerFlags, type Arguments } from "./arguments.ts";
import { startExporter } from "./exporter.ts";
import { scrape, valueOf } from "./scraper.ts";
import type { MetricsServer } from "./server.ts";
import { spreadOf } from "./statistics.ts";
import { formatNumber, formatSpread, formatTable, formatTarget } from "./table.ts";
import { readMemory, readWaitNs } from "../test/support/usage.ts";
import { runCrews, runStorm, startCrews, startIdle, type Exits } from "../test/support/workload-runs.ts";

/** `threads` start and exit, in processes of 1,000; `running` threads live all the time and run once a second. */
export const defaults = { ends: 1_000_000, threads: 100_000, processes: 10_000, running: 3000 };

const tenths = 10;
const batchesPerTenth = 10;
const threadsPerProcess = 1000;

/** Figures of one page, and the time that the exporter waited for a CPU since the page before. */
interface Sample {
  readonly lost: number;
  readonly wallMs: number;
  readonly lagMs: number;
  readonly waitMs: number;
}

interface Tenth {
  readonly ends: number;
  readonly samples: readonly Sample[];
  readonly rss: number;
}

type Sampler = () => Promise<Sample>;

function createSampler({ pid, metricsUrl }: MetricsServer): Sampler {
  let waited = readWaitNs(pid);
  return async () => {
    const page = await scrape(metricsUrl);
    const before = waited;
    waited = readWaitNs(pid);
    const lost = valueOf(page, "taskstats_exporter_exit_events_lost_total") ?? NaN;
    const lagMs = (valueOf(page, "nodejs_eventloop_lag_max_seconds") ?? NaN) * 1000;
    return { lost, wallMs: page.wallMs, lagMs, waitMs: (waited - before) / 1e6 };
  };
}

/** Scrapes over and over until the workload has ended. */
async function sampleDuring(sample: Sampler, workload: Promise<Exits>): Promise<{ ends: number; samples: Sample[] }> {
  const samples: Sample[] = [];
  let ends: Exits | undefined;
  const done = workload.then((result) => (ends = result));
  while (ends === undefined) samples.push(await sample());
  return { ends: (await done).count, samples };
}

async function runTenth(
  sample: Sampler,
  plan: { readonly pid: number; readonly ends: number; readonly threads: number },
): Promise<Tenth> {
  const processes = Math.ceil(plan.threads / threadsPerProcess);
  const crews = await sampleDuring(sample, runCrews(processes, threadsPerProcess));
  const samples = [...crews.samples];
  let { ends } = crews;
  const perBatch = Math.max(1, Math.ceil((plan.ends - ends) / batchesPerTenth));
  for (let batch = 0; batch < batchesPerTenth; batch++) {
    ends += (await runStorm(batch % 2 === 0 ? "processes" : "threads", perBatch)).count;
    samples.push(await sample());
  }
  return { ends, samples, rss: readMemory(plan.pid).rss };
}

const columns = {
  "scrape wall ms": ({ wallMs }: Sample) => wallMs,
  "event loop lag max ms": ({ lagMs }: Sample) => lagMs,
  "waited for a CPU ms": ({ waitMs }: Sample) => waitMs,
} as const;

function formatRows(measured: readonly Tenth[]): string[][] {
  let sum = 0;
  return measured.map(({ ends, samples, rss }) => {
    sum += ends;
    return [
      formatNumber(sum, 0),
      formatNumber(rss / 1e6),
      formatNumber(samples.at(-1)?.lost ?? NaN, 0),
      ...Object.values(columns).map((valueIn) => formatSpread(spreadOf(samples.map(valueIn)))),
    ];
  });
}

function formatMedian(samples: readonly Sample[], valueIn: (sample: Sample) => number): string {
  const { median, max } = spreadOf(samples.map(valueIn));
  return `${formatNumber(median)} ms in the median, ${formatNumber(max)} ms at most`;
}

function formatTargets(measured: readonly Tenth[], peak: number): string {
  const samples = measured.flatMap((tenth) => tenth.samples);
  const rss = (tenth: Tenth | undefined): string => formatNumber((tenth?.rss ?? NaN) / 1e6);
  const memory = `${rss(measured[1])} MB after the first tenth, ${rss(measured.at(-1))} MB at the end, peak ${formatNumber(peak / 1e6)} MB`;
  return [
    formatTarget("RSS <= 130 MB, flat", memory),
    formatTarget("wall <= 60 ms at 10,000", formatMedian(samples, columns["scrape wall ms"])),
    formatTarget("event loop held up <= 50 ms", formatMedian(samples, columns["event loop lag max ms"])),
    formatTarget("0 lost", formatNumber(samples.at(-1)?.lost ?? NaN, 0)),
  ].join("\n");
}

/** @returns the table */
export async function run({ numbers, profileFolder }: Arguments<typeof defaults>): Promise<string> {
  const { ends, threads, processes, running } = numbers;
  const idle = await startIdle(processes);
  const crews = await startCrews(Math.ceil(running / threadsPerProcess), threadsPerProcess);
  const exporter = await startExporter(profilerFlags(profileFolder));
  const { pid } = exporter;
  const sample = createSampler(exporter);
  const measured: Tenth[] = [{ ends: 0, samples: [await sample()], rss: readMemory(pid).rss }];
  for (let tenth = 0; tenth < tenths; tenth++) {
    measured.push(await runTenth(sample, { pid, ends: ends / tenths, threads: threads / tenths }));
  }
  const { peak } = readMemory(pid);
  await exporter.stop();
  await Promise.all([idle.stop(), crews.stop()]);
  return [
    `${formatNumber(ends, 0)} ends, ${formatNumber(threads, 0)} of them of threads in processes of ${threadsPerProcess}, among ${processes} idle processes and ${running} threads that run\n`,
    formatTable(["ends so far", "RSS MB", "lost so far", ...Object.keys(columns)], formatRows(measured)),
    "Three figures: least / median / greatest of the scrapes of that tenth; ends of main threads included.",
    formatTargets(measured, peak),
  ].join("\n");
}
