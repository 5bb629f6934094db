/** Block I/O waits under load, with and without delayed dequeues: false waits are refused and true ones kept. */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { falseWaitsCure, hasFalseWaits, schedFeaturesPath } from "../../../../src/collect/false-waits.ts";
import type { ScrapedPage } from "../../../support/page.ts";
import type { Check, Scene } from "../check.ts";
import { readEnd, type End, type KernelEyes } from "../kernel.ts";
import type { Verdict } from "../verdict.ts";
import { startWorkload } from "../workload.ts";

/** The figures that `rings` measured of its own threads. */
interface Measured {
  readonly waits: number;
  readonly waited_us: number;
  readonly lived_us: number;
}

const delayacctSwitchPath = "/proc/sys/kernel/task_delayacct";
/**
 * Waits longer than a round of the spinners: a task that is woken before another one has taken it off the queue has
 * no stamp, so that its wait is not false. Six rounds of four threads.
 */
const load = ["6", "--waits", "20", "--microseconds", "20000"] as const;
const spinners = 4;

/** The scheduler's features; undefined where there are none, or where a locked-down kernel does not show them. */
function readFeatures(): string | undefined {
  try {
    return readFileSync(schedFeaturesPath, "utf8");
  } catch {
    return undefined;
  }
}

const refusedOf = (page: ScrapedPage): number =>
  page.value("taskstats_exporter_implausible_delays_total", { kind: "blkio" }) ?? 0;

const wait = (page: ScrapedPage, groupname: string, kind: string) => ({
  seconds: page.sum("taskstats_delay_seconds_total", { groupname, kind }),
  count: page.sum("taskstats_delays_total", { groupname, kind }),
  longest: page.sum("taskstats_delay_max_seconds", { groupname, kind }),
});

interface Waited {
  /** Records with a false wait. */
  readonly lies: number;
  readonly count: number;
  /** Block I/O seconds on the page, by the seconds that the threads measured. */
  readonly share: number;
}

/** Whether a wait is longer than there was time for, even if clocks differ by a tenth and a tick. */
const isFalse = ({ ageUs, runNs, cpuWaitNs, blkioNs }: End): boolean =>
  blkioNs > Math.max(ageUs * 1000 - runNs - cpuWaitNs, 0) + ageUs * 100 + 10e6;

/** The kernel's own records of these threads. */
function readTold(eyes: KernelEyes, groupname: string) {
  const ends = eyes.takeEvents().map(readEnd);
  const own = ends.filter(({ comm }) => comm === groupname);
  const sum = (some: readonly End[]): number => some.reduce((seconds, { blkioNs }) => seconds + blkioNs / 1e9, 0);
  const lies = own.filter(isFalse);
  return { records: own.length, lies: lies.length, seconds: sum(own), possible: sum(own) - sum(lies) };
}

/**
 * Runs threads that wait and compute beside spinners. No scrape runs beside them: it would take a minute in an
 * emulated machine.
 */
async function runBesideSpinners(groupname: string): Promise<Measured> {
  const busy = await startWorkload(["busy", String(spinners), "--comm", "spinners"], { ready: true });
  try {
    const rings = await startWorkload(["rings", ...load, "--comm", groupname], { ready: true });
    const [measured] = (await rings.finish()) as Measured[];
    if (measured === undefined) throw new Error("rings: want a line, got none");
    return measured;
  } finally {
    await busy.finish();
  }
}

/**
 * Checks that the page shows no more than there was time for, and no less than the possible waits in the kernel's
 * records.
 */
async function observe(verdict: Verdict, { program, eyes }: Scene, groupname: string): Promise<Waited> {
  const before = refusedOf(await program.scrape());
  eyes.takeEvents();
  const measured = await runBesideSpinners(groupname);
  const page = await program.scrape();
  const told = readTold(eyes, groupname);
  const { seconds, count, longest } = wait(page, groupname, "blkio");
  const cpu = wait(page, groupname, "cpu").seconds;
  const run = page.sum("taskstats_cpu_run_seconds_total", { groupname });
  const [lived, waited] = [measured.lived_us / 1e6, measured.waited_us / 1e6];
  verdict.within(`blkio, cpu and run seconds of ${groupname}`, seconds + cpu + run, { least: 0, most: lived });
  verdict.within(`blkio seconds of ${groupname}`, seconds, { least: told.possible * 0.8, most: waited });
  verdict.within(`longest blkio of ${groupname}`, longest, { least: 0, most: 10 });
  verdict.within(`blkio waits of ${groupname}`, count, { least: 0, most: measured.waits });
  const refused = refusedOf(page) - before;
  verdict.within(`refused of ${groupname}`, refused, { least: told.lies, most: told.lies === 0 ? 0 : Infinity });
  verdict.count(`${groupname}: waits`, `${count} of ${measured.waits}, refused ${refused}`);
  verdict.count(`${groupname}: blkio ms`, `${Math.round(seconds * 1000)} of ${Math.round(waited * 1000)}`);
  verdict.count(
    `${groupname}: the kernel's`,
    `${told.seconds.toFixed(1)} s, ${told.lies} of ${told.records} records false`,
  );
  return { lies: told.lies, count, share: seconds / waited };
}

async function withoutDelayedDequeue<T>(task: () => Promise<T>): Promise<T> {
  writeFileSync(schedFeaturesPath, "NO_DELAY_DEQUEUE");
  try {
    return await task();
  } finally {
    writeFileSync(schedFeaturesPath, "DELAY_DEQUEUE");
  }
}

async function compare(verdict: Verdict, scene: Scene): Promise<void> {
  const features = readFeatures();
  const delayed = hasFalseWaits(scene.facts.release, features);
  verdict.equal("advice in the log", scene.program.log().includes(falseWaitsCure), delayed);
  const found = await observe(verdict, scene, "delayed");
  verdict.equal("the kernel tells of false waits", found.lies > 0, delayed);
  if (!delayed || features === undefined) return;
  const truth = await withoutDelayedDequeue(() => observe(verdict, scene, "prompt"));
  verdict.equal("records that are false without delayed dequeues", truth.lies, 0);
  verdict.within("blkio waits without delayed dequeues", truth.count, { least: 1, most: Infinity });
  // Three kinds of waits make the shares differ: a task that is woken before it is dequeued has not waited for the
  // kernel; a record with several false waits is refused whole; and a false wait for which there was time is
  // believed.
  const share = found.share / truth.share;
  verdict.within("share of each wait, by that without delayed dequeues", share, { least: 0, most: 2 });
  verdict.count("share of each wait, by that without delayed dequeues", share.toFixed(2));
}

/** The check that waits for which there was no time are not shown, and all others are. */
export const falseWaits: Check = {
  title: "refuses block I/O waits that never were, counts them, and keeps the others, beside a busy CPU",
  async run(verdict, scene) {
    if (existsSync(delayacctSwitchPath)) writeFileSync(delayacctSwitchPath, "1");
    await compare(verdict, scene);
  },
};
