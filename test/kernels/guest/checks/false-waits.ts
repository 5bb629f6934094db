/** Block I/O waits under load, with delayed dequeues and without: false ones are refused, and true ones kept. */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { falseWaitsCure, schedFeaturesPath } from "../../../../src/collect/false-waits.ts";
import type { ScrapedPage } from "../../../support/page.ts";
import type { Check, Scene } from "../check.ts";
import type { Verdict } from "../verdict.ts";
import { startWorkload } from "../workload.ts";

/** What `rings` measured of its own threads. */
interface Measured {
  readonly waits: number;
  readonly waited_us: number;
  readonly lived_us: number;
}

const rounds = 6;
const spinners = 4;

const readFeatures = (): string[] =>
  existsSync(schedFeaturesPath) ? readFileSync(schedFeaturesPath, "utf8").split(/\s+/) : [];

const refusedOf = (page: ScrapedPage): number =>
  page.value("taskstats_exporter_implausible_delays_total", { kind: "blkio" }) ?? 0;

const wait = (page: ScrapedPage, groupname: string, kind: string) => ({
  seconds: page.sum("taskstats_delay_seconds_total", { groupname, kind }),
  count: page.sum("taskstats_delays_total", { groupname, kind }),
  longest: page.sum("taskstats_delay_max_seconds", { groupname, kind }),
});

interface Waited {
  readonly refused: number;
  readonly seconds: number;
  readonly count: number;
}

/** Threads that wait and compute beside spinners; the page never shows more than there was time for. */
async function observe(verdict: Verdict, { program }: Scene, groupname: string): Promise<Waited> {
  const before = refusedOf(await program.scrape());
  const rings = await startWorkload(["rings", String(rounds), "--comm", groupname], {
    ready: true,
  });
  const [measured] = (await rings.finish()) as Measured[];
  if (measured === undefined) throw new Error("rings: want a line, got none");
  const page = await program.scrape();
  const { seconds, count, longest } = wait(page, groupname, "blkio");
  const cpu = wait(page, groupname, "cpu").seconds;
  const run = page.sum("taskstats_cpu_run_seconds_total", { groupname });
  const lived = measured.lived_us / 1e6;
  verdict.within(`blkio, cpu and run seconds of ${groupname}`, seconds + cpu + run, { least: 0, most: lived });
  verdict.within(`blkio seconds of ${groupname}`, seconds, { least: 0, most: measured.waited_us / 1e6 });
  verdict.within(`longest blkio of ${groupname}`, longest, { least: 0, most: 10 });
  verdict.within(`blkio waits of ${groupname}`, count, { least: 0, most: measured.waits });
  verdict.count(`blkio ms of ${groupname}`, `${Math.round(seconds * 1000)} in ${count} of ${measured.waits}`);
  const refused = refusedOf(page) - before;
  verdict.count(`refused of ${groupname}`, refused);
  return { refused, seconds, count };
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
  const delayed = readFeatures().includes("DELAY_DEQUEUE");
  verdict.equal("advice in the log", scene.program.log().includes(falseWaitsCure), delayed);
  const found = await observe(verdict, scene, "delayed");
  if (!delayed) {
    verdict.equal("false waits of a kernel without delayed dequeues", found.refused, 0);
    return;
  }
  verdict.within("false waits", found.refused, { least: 1, most: Infinity });
  const truth = await withoutDelayedDequeue(() => observe(verdict, scene, "prompt"));
  verdict.equal("false waits without delayed dequeues", truth.refused, 0);
  verdict.within("blkio waits without delayed dequeues", truth.count, { least: 1, most: Infinity });
  // A task that is woken before it is dequeued has not waited, for the kernel; and records with several false waits go whole.
  const share = found.seconds / truth.seconds;
  verdict.within("blkio with delayed dequeues as a share of that without", share, { least: 0.2, most: 2 });
  verdict.count("share kept", share.toFixed(2));
}

/** The check that no wait is shown for which there was no time, and that those that were are. */
export const falseWaits: Check = {
  title: "refuses block I/O waits that never were, counts them, and keeps the others, beside a busy CPU",
  async run(verdict, scene) {
    const busy = await startWorkload(["busy", String(spinners), "--comm", "spinners"], { ready: true });
    try {
      await compare(verdict, scene);
    } finally {
      await busy.finish();
    }
  },
};
