/**
 * Takes the picture of the README: Prometheus' own graph of a shipped recording rule while three groups compete for the
 * machine. It needs root, Debian's packages prometheus and chromium, and a minute: `npm run docs:screenshot`.
 */

import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startLoad } from "../test/support/load.ts";
import { startProgram } from "../test/support/program.ts";
import { startPrometheus, type Prometheus } from "../test/support/prometheus.ts";

const picture = fileURLToPath(new URL("images/wait-shares.png", import.meta.url));
const switchPath = "/proc/sys/kernel/task_delayacct";
const rule = 'group:taskstats_wait:ratio_rate5m{groupname=~"pair|crowd|mixed"} > 0.01';
const seconds = 60;

/** Chromium waits for its requests to be answered before the virtual time is over. */
function takePicture(url: string): void {
  const options = ["--headless", "--no-sandbox", "--hide-scrollbars", "--window-size=1100,940"];
  execFileSync("chromium", [...options, "--virtual-time-budget=20000", `--screenshot=${picture}`, url], {
    stdio: "ignore",
    timeout: 60_000,
  });
}

/** The rule from the start of the load until now. */
function graphUrl({ url }: Prometheus): string {
  const parameters = { "g0.expr": rule, "g0.tab": "0", "g0.stacked": "0", "g0.range_input": `${seconds}s` };
  return new URL(`graph?${new URLSearchParams(parameters).toString()}`, url).href;
}

async function showLoad(prometheus: Prometheus): Promise<void> {
  const load = await startLoad("");
  try {
    const samples = `min(count_over_time((${rule})[${seconds}s:1s]))`;
    while (((await prometheus.query(samples))[0]?.value ?? 0) < 0.9 * seconds) {
      load.end();
      await pause(500);
    }
    takePicture(graphUrl(prometheus));
  } finally {
    await load.stop();
  }
}

const before = readFileSync(switchPath, "utf8");
writeFileSync(switchPath, "1");
try {
  const program = await startProgram();
  const prometheus = await startPrometheus(new URL(program.url).host);
  await showLoad(prometheus).finally(() => Promise.all([prometheus.stop(), program.stop()]));
} finally {
  writeFileSync(switchPath, before);
}
