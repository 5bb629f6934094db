/** CPU time of exited processes: the page and the kernel's records against wait4's rusage. */

import type { Check, Scene } from "../check.ts";
import { readGroup } from "../figures.ts";
import { readEnd } from "../kernel.ts";
import type { Verdict } from "../verdict.ts";
import { runWorkload, workloadPath } from "../workload.ts";

interface Lives {
  readonly comm: string;
  readonly count: number;
  readonly command: readonly string[];
}

const naps = (us: number, count: number, times: number): Lives => ({
  comm: `${us / 1000}ms-${times}naps`,
  count,
  command: [workloadPath("naps"), String(us), String(times)],
});

/** Threads that never sleep, so that their age shows how long they ran. */
const awake: readonly Lives[] = [
  { comm: "plain", count: 300, command: ["/bin/busybox", "true"] },
  naps(500, 300, 0),
  naps(2000, 150, 0),
  naps(5000, 100, 0),
  naps(20_000, 40, 0),
];

const sleepers: readonly Lives[] = [
  naps(500, 300, 1),
  naps(500, 300, 3),
  naps(2000, 150, 3),
  naps(5000, 100, 4),
  naps(20_000, 40, 9),
];

interface Measured {
  /** Seconds: by wait4, on the page, and in the kernel's records. */
  readonly rusage: number;
  readonly page: number;
  readonly records: number;
  readonly lifetimes: number;
}

const percent = (part: number, whole: number): string => `${Math.round((100 * part) / whole)} %`;

async function measure({ comm, count, command }: Lives, { program, eyes }: Scene): Promise<Measured> {
  eyes.takeEvents();
  const usage = await runWorkload("spawn", String(count), "--comm", comm, "--", ...command);
  const page = await program.scrape();
  const ends = eyes.takeEvents().map(readEnd);
  const own = ends.filter((end) => end.comm === comm);
  return {
    rusage: (usage.utime_us + usage.stime_us) / 1e6,
    page: readGroup(page, comm).cpuRun,
    records: own.reduce((sum, { runNs }) => sum + runNs, 0) / 1e9,
    lifetimes: own.reduce((sum, { ageUs }) => sum + ageUs, 0) / 1e6,
  };
}

async function compare(lives: Lives, scene: Scene, verdict: Verdict): Promise<Measured> {
  const measured = await measure(lives, scene);
  const { rusage, page, records, lifetimes } = measured;
  // Seconds are written with all digits of a double.
  verdict.within(`${lives.comm}: seconds on the page`, page, { least: records - 1e-6, most: lifetimes + 1e-6 });
  verdict.count(lives.comm, `${percent(page, rusage)}, by records alone ${percent(records, rusage)}`);
  return measured;
}

/** Only wait4's figure has the time after the last record, in which a process gives back its memory. */
const leastShare = 0.6;

const neverSlept: Check = {
  title: "shows of wait4's CPU time of processes that never sleep all but what comes after their records",
  async run(verdict, scene) {
    for (const lives of awake) {
      const { rusage, page } = await compare(lives, scene, verdict);
      verdict.within(`${lives.comm}: share of wait4's`, page / rusage, { least: leastShare, most: 1.05 });
    }
  },
};

const slept: Check = {
  title: "shows of processes that sleep no less CPU time than their records have, and no more than their lives last",
  async run(verdict, scene) {
    for (const lives of sleepers) await compare(lives, scene, verdict);
  },
};

/** The checks of the CPU time of exited processes. */
export const runTime: readonly Check[] = [neverSlept, slept];
