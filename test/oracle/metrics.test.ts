/**
 * process-exporter and this program side by side, over the same processes and by the same files: each series of process-exporter's page
 * is on this program's, a gauge has the same value, and a counter is not less. What differs is in tables here, each with the reason.
 */

import { afterEach, expect, test } from "@jest/globals";
import { cpus } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import {
  processExporterFields,
  processExporterGroups,
  processExporterScrapes,
  processExporterThreadFields,
} from "../../src/fields/process-exporter-metrics.ts";
import { useConfigFile } from "../support/config-file.ts";
import { own } from "../support/life.ts";
import { readSeries, type ScrapedPage, type Series } from "../support/page.ts";
import { processExporters, startProcessExporter, type RunningProcessExporter } from "../support/process-exporter.ts";
import { startProgram, type Program } from "../support/program.ts";
import { describeUnless, findMissing, findObstacle } from "../support/real-kernel.ts";
import { diskFolder } from "../support/run-folders.ts";
import { withTold } from "../support/told.ts";
import { buildWorkload } from "../support/workloads.ts";

/** The metrics of process-exporter that this program has; the number of threads is one more. */
const metricCount =
  Object.keys(processExporterGroups).length +
  [processExporterFields, processExporterThreadFields, processExporterScrapes].flat().length +
  1;

/** Series of process-exporter that this program does not have. */
const absent: readonly {
  readonly name: RegExp;
  readonly labels?: Readonly<Record<string, string>>;
  readonly why: string;
}[] = [
  { name: /_threads_wchan$/, why: "the kernel function in which a thread waits is read from a file that few may read" },
  {
    name: /_memory_bytes$/,
    labels: { memtype: "proportionalResident" },
    why: "smaps_rollup holds the lock of a process's memory",
  },
  {
    name: /_memory_bytes$/,
    labels: { memtype: "proportionalSwapped" },
    why: "smaps_rollup holds the lock of a process's memory",
  },
];

/** What is known of a series that is compared. */
interface Compared {
  readonly there: number;
  readonly here: number;
  readonly labels: Readonly<Record<string, string>>;
  /** Threads of the group that have exited. */
  readonly exits: number;
  /** Processes of the group as process-exporter counts them. */
  readonly processes: number;
}

/** A counter of the kernel per CPU may be off by this many pages on each, and resident memory is the sum of three. */
const countersOff = 3 * cpus().length * Math.max(32, 2 * cpus().length) * 4096;

/** How long to wait until the pages agree: they do at once where the machine is not busy. */
const patienceMs = 40_000;

/** Figures that may differ, with what must hold all the same. */
const differing: readonly {
  readonly name: RegExp;
  readonly labels?: Readonly<Record<string, string>>;
  readonly why: string;
  readonly holds: (compared: Compared) => boolean;
}[] = [
  {
    name: /_memory_bytes$/,
    labels: { memtype: "resident" },
    why: "/proc/PID/stat adds up counters of CPUs roughly since Linux 6.2, and status, which is read here, exactly; that of a process whose leader has exited has no memory there",
    holds: ({ there, here, processes }) => here >= there - countersOff * processes,
  },
  {
    name: /_(memory_bytes|open_filedesc|worst_fd_ratio)$/,
    why: "there a process whose leader has exited has neither memory nor descriptors",
    holds: ({ there, here }) => here >= there,
  },
  {
    name: /_context_switches_total$/,
    why: "what a thread does after its record is not in it: its last switch, and those while it gives back what it had",
    holds: ({ there, here, exits }) => here >= there - (exits === 0 ? 0 : exits + 5),
  },
  {
    name: /_thread_cpu_seconds_total$/,
    why: "here the modes of a thread are samples of timer ticks",
    holds: ({ here }) => here >= 0,
  },
  {
    name: /_thread_count$/,
    why: "there a leader that has exited counts",
    holds: ({ there, here, exits }) => here <= there && here >= there - exits,
  },
  {
    name: /_total$/,
    why: "here is what ran after process-exporter's last look",
    holds: ({ there, here }) => here >= there,
  },
];

const matches = (row: { readonly name: RegExp; readonly labels?: Readonly<Record<string, string>> }, one: Series) =>
  row.name.test(one.name) && Object.entries(row.labels ?? {}).every(([label, value]) => one.labels[label] === value);

/** CPU time is compared for both modes together: how it divides is sampled at ticks, and each mode is cut off to 10 ms there. */
const cpuName = "namedprocess_namegroup_cpu_seconds_total";

/** What a thread runs for after its record, which process-exporter sees of a zombie, in seconds. */
const afterRecord = 0.02;

/** @returns what is wrong: nothing where all series of process-exporter's page for these groups are here, as they must be */
function compare(there: ScrapedPage, here: ScrapedPage, isCompared: (groupname: string) => boolean): string[] {
  const wrong: string[] = [];
  for (const one of readSeries(there, /^namedprocess_/)) {
    const { name, labels } = one;
    const { groupname = "" } = labels;
    if (groupname !== "" && !isCompared(groupname)) continue;
    if (absent.some((row) => matches(row, one))) continue;
    const value = here.value(name, labels);
    const processes = there.value("namedprocess_namegroup_num_procs", { groupname }) ?? 0;
    const text = `${name}${JSON.stringify(labels)}: there ${one.value}, here ${value}`;
    if (value === undefined) {
      // There a group without live processes started in the year 1.
      if (!name.endsWith("_oldest_start_time_seconds") || (here.value("taskstats_processes", { groupname }) ?? 0) > 0)
        wrong.push(text);
      continue;
    }
    const exits = here.value("taskstats_thread_exits_total", { groupname }) ?? 0;
    if (name === cpuName) {
      const least = there.sum(name, { groupname }) - afterRecord * exits;
      if (here.sum(name, { groupname }) < least) wrong.push(text);
      continue;
    }
    const row = differing.find((candidate) => matches(candidate, one));
    const compared = { there: one.value, here: value, labels, exits, processes };
    if (groupname !== "" && !(row?.holds(compared) ?? one.value === value)) wrong.push(text);
  }
  return wrong;
}

const suffixes = ["sleep", "stop", "crew", "files", "pages", "dead", "bare", "gone"];

const namesOf = (prefix: string, from = 0, to = suffixes.length): string =>
  suffixes
    .slice(from, to)
    .map((suffix) => `${prefix}-${suffix}`)
    .join(", ");

/**
 * Configurations, with the number of groups that they make of the eight processes. The process that starts these is in none: what it
 * did before its exec stays here where it was then, and is there in the group of its program.
 */
const files: readonly {
  readonly what: string;
  readonly config: (prefix: string) => string;
  readonly groups: number;
}[] = [
  {
    what: "the file of process-exporter's packages",
    config: () => 'process_names:\n  - name: "{{.Comm}}"\n    cmdline:\n    - ".+"\n',
    groups: 8,
  },
  {
    what: "rules by command with names of their own",
    config: (prefix) => `
process_names:
  - name: "${prefix}-role"
    comm: [${namesOf(prefix, 0, 4)}]
  - name: "${prefix}-others"
    comm: [${namesOf(prefix, 4)}]
`,
    groups: 2,
  },
  {
    what: "names from command lines",
    config: (prefix) => `
process_names:
  - name: "{{.ExeBase}}:{{.Matches.prefix}}"
    comm: [${namesOf(prefix)}]
    cmdline: ['poses (?P<prefix>${prefix}) ']
`,
    groups: 1,
  },
];

const obstacle =
  findObstacle() ?? findMissing(["cc"]) ?? processExporters.find((found) => found.obstacle !== undefined)?.obstacle;

describeUnless(obstacle, "with --compat.process-exporter", () => {
  const file = useConfigFile();
  const running: { stop(): Promise<unknown> }[] = [];
  afterEach(async () => {
    await Promise.all(running.splice(0).map((server) => server.stop()));
  });

  async function start(
    config: string,
    flags: readonly string[] = [],
  ): Promise<{ program: Program; others: readonly RunningProcessExporter[] }> {
    const flag = file.write(config);
    const program = await startProgram([
      flag,
      "--compat.process-exporter",
      "--collector.threads",
      "--discovery.interval=200ms",
    ]);
    running.push(program);
    const others = await Promise.all(
      processExporters.map(({ path }) => startProcessExporter(path, ["-config.path", file.path, ...flags])),
    );
    running.push(...others);
    return { program, others };
  }

  test.each(files)("the page has every series of process-exporter's, by $what", async ({ config, groups }) => {
    const prefix = own("ps").slice(0, 9);
    const { program, others } = await start(config(prefix), ["-gather-smaps=false"]);
    const isCompared = (groupname: string): boolean => groupname.includes(prefix);

    /** Compares until the pages agree: a process may not have been found yet, or not be at rest. */
    async function agree(): Promise<ScrapedPage> {
      const end = performance.now() + patienceMs;
      for (;;) {
        const pages: ScrapedPage[] = [];
        for (const other of others) pages.push(await other.scrape());
        const here = await program.scrape();
        const wrong = pages.flatMap((there, index) =>
          compare(there, here, isCompared).map((text) => `${processExporters[index]?.suite}: ${text}`),
        );
        if (wrong.length === 0 || performance.now() > end) {
          expect(wrong).toEqual([]);
          return pages[0] as ScrapedPage;
        }
        await pause(100);
      }
    }

    await withTold([buildWorkload("poses"), prefix, diskFolder()], async (poses) => {
      expect(await poses.hear()).toBe("posed");
      const posed = await agree();
      const named = readSeries(posed, /^namedprocess_namegroup_num_procs$/).filter(({ labels }) =>
        isCompared(labels["groupname"] ?? ""),
      );
      expect(named).toHaveLength(groups);
      expect(named.reduce((sum, { value }) => sum + value, 0)).toBe(suffixes.length);
      expect(await poses.tell("")).toBe("ended");
      const ended = await agree();
      const here = await program.scrape();
      const sum = (page: ScrapedPage, name: string): number =>
        readSeries(page, new RegExp(`^namedprocess_namegroup_${name}$`))
          .filter(({ labels }) => isCompared(labels["groupname"] ?? ""))
          .reduce((total, { value }) => total + value, 0);
      expect(sum(here, "num_procs")).toBe(suffixes.length - 1);
      // What touched 1,000 pages and was reaped before process-exporter looked again.
      expect(sum(here, "minor_page_faults_total")).toBeGreaterThanOrEqual(sum(ended, "minor_page_faults_total") + 1000);
    });
  });

  test("the metrics have the types of process-exporter's, and the labels", async () => {
    const { program, others } = await start('process_names: [{ name: "{{.Comm}}", cmdline: [".+"] }]');
    const here = await program.scrape();
    const labelsOf = (page: ScrapedPage, name: string): string[] =>
      [...new Set(readSeries(page, new RegExp(`^${name}$`)).flatMap(({ labels }) => Object.keys(labels)))].sort();
    for (const other of others) {
      const there = await other.scrape();
      const names = [...there.types.keys()].filter((name) => name.startsWith("namedprocess_"));
      const known = names.filter((name) => !absent.some((row) => row.labels === undefined && row.name.test(name)));
      expect(known).toHaveLength(metricCount);
      expect(known.map((name) => [name, here.types.get(name), labelsOf(here, name)])).toEqual(
        known.map((name) => [name, there.types.get(name), labelsOf(there, name)]),
      );
    }
  });
});
