/**
 * `npm run fuzz -- --minutes N [target ...]`: gives each target inputs for its share of the time, and prints how
 * many. An input that breaks a property is kept in the corpus, and the status is 1. Each target runs in a process of
 * its own, so that one that hangs is noticed.
 */

import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { targets } from "./targets.ts";
import type { Progress } from "./child.ts";

const child = fileURLToPath(new URL("./child.ts", import.meta.url));

/** A child that has not reported for so long hangs. */
const silenceMs = 120_000;

interface Told extends Progress {
  readonly failed: boolean;
}

function fuzz(name: string, seconds: number, seed: number): Promise<Told> {
  const running = fork(child, [name, String(seconds), String(seed)], { execArgv: ["--import", "tsx"] });
  let last: Progress = { count: 0, outcomes: 0, slowestMs: 0 };
  return new Promise((resolve) => {
    const hang = (): void => {
      process.stderr.write(`${name}: hangs after ${last.count} inputs of --seed ${seed}\n`);
      running.kill("SIGKILL");
    };
    let timer = setTimeout(hang, silenceMs);
    running.on("message", (progress: Progress) => {
      last = progress;
      clearTimeout(timer);
      timer = setTimeout(hang, silenceMs);
    });
    running.on("exit", (status) => {
      clearTimeout(timer);
      resolve({ ...last, failed: status !== 0 });
    });
  });
}

const { values, positionals } = parseArgs({
  options: {
    minutes: { type: "string", default: "1" },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
  },
  allowPositionals: true,
});
const unknown = positionals.filter((name) => !targets.some((target) => target.name === name));
if (unknown.length > 0 || !(Number(values.minutes) > 0)) {
  const names = targets.map(({ name }) => name).join(" ");
  process.stderr.write(`npm run fuzz -- [--minutes N] [--seed N] [target ...]\ntargets: ${names}\n`);
  process.exit(2);
}
const chosen = targets.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
const seconds = (Number(values.minutes) * 60) / chosen.length;
let total = 0;
let failed = 0;
process.stdout.write(`seed ${values.seed}, ${seconds.toFixed(1)} s for each target\n`);
for (const { name } of chosen) {
  const told = await fuzz(name, seconds, Number(values.seed));
  total += told.count;
  failed += Number(told.failed);
  const figures = `${String(told.count).padStart(12)} inputs, ${told.outcomes} outcomes, slowest hundred ${told.slowestMs.toFixed(0)} ms`;
  process.stdout.write(`${name.padEnd(14)}${figures}${told.failed ? ", FAILED" : ""}\n`);
}
process.stdout.write(`${"in all".padEnd(14)}${String(total).padStart(12)} inputs, ${failed} targets failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
