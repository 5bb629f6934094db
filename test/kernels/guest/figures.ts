/** Figures of one group on a page, under short names. Pure. */

import type { ScrapedPage } from "../../support/page.ts";

export interface GroupFigures {
  readonly exits: number;
  readonly threadExits: number;
  readonly starts: number;
  readonly processes: number;
  readonly threads: number;
  readonly minorFaults: number;
  readonly majorFaults: number;
  readonly voluntary: number;
  readonly involuntary: number;
  /** CPU time in seconds: precise, as sampled by ticks, and as sampled by mode. */
  readonly cpuRun: number;
  readonly cpuReal: number;
  readonly cpuModes: number;
  /** The histogram of CPU time: exited processes, and their sum. */
  readonly cpuHistogramCount: number;
  readonly cpuHistogramSum: number;
  readonly lifetimes: number;
}

export function readGroup(page: ScrapedPage, groupname: string): GroupFigures {
  const sum = (name: string, labels: Readonly<Record<string, string>> = {}): number =>
    page.sum(`taskstats_${name}`, { groupname, ...labels });
  return {
    exits: sum("process_exits_total"),
    threadExits: sum("thread_exits_total"),
    starts: sum("process_starts_total"),
    processes: sum("processes"),
    threads: sum("threads"),
    minorFaults: sum("page_faults_total", { kind: "minor" }),
    majorFaults: sum("page_faults_total", { kind: "major" }),
    voluntary: sum("context_switches_total", { kind: "voluntary" }),
    involuntary: sum("context_switches_total", { kind: "involuntary" }),
    cpuRun: sum("cpu_run_seconds_total"),
    cpuReal: sum("cpu_run_real_seconds_total"),
    cpuModes: sum("cpu_seconds_total"),
    cpuHistogramCount: sum("process_cpu_seconds_count"),
    cpuHistogramSum: sum("process_cpu_seconds_sum"),
    lifetimes: sum("process_lifetime_seconds_count"),
  };
}
