/** Block I/O waits under load, with delayed dequeues and without: false ones are refused, and true ones kept. */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { falseWaitsCure, hasFalseWaits, schedFeaturesPath } from "../../../../src/collect/false-waits.ts";
import type { ScrapedPage } from "../../../support/page.ts";
import type { Check, Scene } from "../check.ts";
import { readEnd, type End, type KernelEyes } from "../kernel.ts";
import type { Verdict } from "../verdict.ts";
import { startWorkload } from "../workload.ts";

/** What `rings` measured of its own threads. */
interface Measured {
  readonly waits: number;
  readonly waited_us: number;
  readonly lived_us: number;
}

const delayacctSwitchPath = "/proc/sys/kernel/task_delayacct";
/**
 * Waits that are longer than it takes the spinners to come round: one that is woken before another task has taken it off the
 * queue is not stamped, and tells no lie. Six rounds of four threads.
 */
const load = ["6", "--waits", "20", "--microseconds", "20000"] as const;
const spinners = 4;

/** Undefined where there are none, or where a locked-down kernel keeps them to itself. */
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
  /** Records that the kernel told falsely. */
  readonly lies: number;
  readonly count: number;
  /** Block I/O seconds on the page for each that the threads measured. */
  readonly share: number;
}

/** There was no time for so long a wait, even where clocks differ by a tenth and a tick. */
const isFalse = ({ ageUs, runNs, cpuWaitNs, blkioNs }: End): boolean =>
  blkioNs > Math.max(ageUs * 1000 - runNs - cpuWaitNs, 0) + ageUs * 100 + 10e6;

/** What the kernel told of these threads, by its own records. */
function readTold(eyes: KernelEyes, groupname: string) {
  const ends = eyes.takeEvents().map(readEnd);
  const own = ends.filter(({ comm }) => comm === groupname);
  const sum = (some: readonly End[]): number => some.reduce((seconds, { blkioNs }) => seconds + blkioNs / 1e9, 0);
  const lies = own.filter(isFalse);
  return { records: own.length, lies: lies.length, seconds: sum(own), possible: sum(own) - sum(lies) };
}

/** Threads that wait and compute beside spinners. A scrape beside them would take a minute in an emulated machine. */
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

/** The page never shows more than there was time for, nor less than the kernel told where that can have been. */
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
  // A task that is woken before it is dequeued has not waited, for the kernel; records with several false waits go whole; and a
  // false wait that there was time for is believed.
  const share = found.share / truth.share;
  verdict.within("share of each wait, by that without delayed dequeues", share, { least: 0, most: 2 });
  verdict.count("share of each wait, by that without delayed dequeues", share.toFixed(2));
}

/** The check that no wait is shown for which there was no time, and that those that were are. */
export const falseWaits: Check = {
  title: "refuses block I/O waits that never were, counts them, and keeps the others, beside a busy CPU",
  async run(verdict, scene) {
    if (existsSync(delayacctSwitchPath)) writeFileSync(delayacctSwitchPath, "1");
    await compare(verdict, scene);
  },
};
