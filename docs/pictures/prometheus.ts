/** The picture of Prometheus' own graph of a shipped recording rule, while three groups compete for the machine. */

import { setTimeout as pause } from "node:timers/promises";
import type { TestBrowser } from "../../test/support/browser.ts";
import { startLoad } from "../../test/support/load.ts";
import { startProgram } from "../../test/support/program.ts";
import { startPrometheus, type Prometheus } from "../../test/support/prometheus.ts";
import { takePicture } from "./picture.ts";

const rule = 'group:taskstats_wait:ratio_rate5m{groupname=~"pair|crowd|mixed"} > 0.01';
const seconds = 60;
const viewport = { width: 1100, height: 940 };

/** The rule from the start of the load until now. */
function graphUrl({ url }: Prometheus): string {
  const parameters = { "g0.expr": rule, "g0.tab": "0", "g0.stacked": "0", "g0.range_input": `${seconds}s` };
  return new URL(`graph?${new URLSearchParams(parameters).toString()}`, url).href;
}

async function showLoad(browser: TestBrowser, prometheus: Prometheus): Promise<void> {
  const load = await startLoad("");
  try {
    const samples = `min(count_over_time((${rule})[${seconds}s:1s]))`;
    while (((await prometheus.query(samples))[0]?.value ?? 0) < 0.9 * seconds) {
      load.end();
      await pause(500);
    }
    const { page } = await browser.open(graphUrl(prometheus), { viewport });
    await page.waitForLoadState("networkidle");
    await takePicture(page, "wait-shares.png");
  } finally {
    await load.stop();
  }
}

export async function takePrometheusPicture(browser: TestBrowser): Promise<void> {
  const program = await startProgram();
  const prometheus = await startPrometheus(new URL(program.url).host);
  await showLoad(browser, prometheus).finally(() => Promise.all([prometheus.stop(), program.stop()]));
}
