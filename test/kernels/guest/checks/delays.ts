/** Delay accounting, off and on. */

import { readFileSync, writeFileSync } from "node:fs";
import type { ScrapedPage } from "../../../support/page.ts";
import type { Check, Scene } from "../check.ts";
import type { Verdict } from "../verdict.ts";
import { runWorkload } from "../workload.ts";
import { compareKinds, kindSince, kindsOf } from "./fields.ts";

const path = "/proc/sys/kernel/task_delayacct";
const enabled = (page: ScrapedPage): number | undefined => page.value("taskstats_exporter_delayacct_enabled");
const withoutDelays = (page: ScrapedPage): number | undefined =>
  page.value("taskstats_exporter_processes_without_delayacct");

/** A kernel that has the switch boots with delay accounting off. */
async function checkOff(verdict: Verdict, { program }: Scene): Promise<void> {
  const page = await program.scrape();
  verdict.equal("the switch at boot", readFileSync(path, "utf8").trim(), "0");
  verdict.equal("delay accounting while off", enabled(page), 0);
  compareKinds(verdict, page, ["cpu"]);
  verdict.equal("processes without delays while off", withoutDelays(page), page.sum("taskstats_processes"));
  verdict.equal("advice in the log", program.log().includes("sysctl -w kernel.task_delayacct=1"), true);
  writeFileSync(path, "1");
}

const children = 20;

/** Each child copies the page of its stack that it writes to. */
async function checkOn(verdict: Verdict, { program, facts: { structVersion, delayacctSwitch } }: Scene): Promise<void> {
  await runWorkload("spawn", String(children), "--no-exec", "--comm", "copies");
  const page = await program.scrape();
  verdict.equal("delay accounting while on", enabled(page), 1);
  compareKinds(verdict, page, kindsOf(structVersion));
  const wpcopy = { groupname: "copies", kind: "wpcopy" };
  const copies = page.sum("taskstats_delays_total", wpcopy);
  if (structVersion < kindSince.wpcopy) return;
  verdict.within("wpcopy delays", copies, { least: children, most: Infinity });
  verdict.within("wpcopy seconds", page.sum("taskstats_delay_seconds_total", wpcopy), { least: 1e-9, most: 60 });
  // Two processes were started before delay accounting: the program and this one.
  const [least, most] = delayacctSwitch ? [1, page.sum("taskstats_processes")] : [0, 0];
  verdict.within("processes without delays", withoutDelays(page) ?? NaN, { least, most });
  verdict.count("wpcopy delays", copies);
}

/** The check of the page while delay accounting is off, and after it was turned on. */
export const delays: Check = {
  title: "shows the kinds of delay that the kernel collects, before and after delay accounting is turned on",
  async run(verdict, scene) {
    if (scene.facts.delayacctSwitch) await checkOff(verdict, scene);
    await checkOn(verdict, scene);
  },
};
