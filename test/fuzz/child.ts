/** Fuzzes one target for a while, and reports its progress to its parent. */

import { setImmediate as turn } from "node:timers/promises";
import { keepFind, readCorpus } from "./corpus.ts";
import { createRun, Find } from "./run.ts";
import { targets } from "./targets.ts";

export interface Progress {
  readonly count: number;
  readonly outcomes: number;
  readonly slowestMs: number;
}

/** More memory than any target needs: one that uses more keeps what it should free. */
const mostBytes = 2 ** 30;

/** The interval of reports to the parent, in milliseconds. */
const tellMs = 500;

async function fuzz(name: string, seconds: number, seed: number): Promise<void> {
  const target = targets.find((one) => one.name === name);
  if (target === undefined) throw new Error(`no target ${name}`);
  const run = createRun(
    target,
    seed,
    readCorpus(name).map(({ input }) => input),
  );
  const end = performance.now() + seconds * 1000;
  let toldAt = 0;
  while (performance.now() < end) {
    run.go(1000);
    if (performance.now() - toldAt < tellMs) continue;
    toldAt = performance.now();
    const { count, outcomes, slowestMs } = run;
    process.send?.({ count, outcomes, slowestMs } satisfies Progress);
    await turn();
    if (process.memoryUsage.rss() > mostBytes) throw new Error(`${name}: memory grows beyond 1 GiB`);
  }
  const { count, outcomes, slowestMs } = run;
  process.send?.({ count, outcomes, slowestMs } satisfies Progress);
}

const [name = "", seconds = "", seed = ""] = process.argv.slice(2);
try {
  await fuzz(name, Number(seconds), Number(seed));
} catch (error) {
  process.exitCode = 1;
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  if (error instanceof Find) process.stderr.write(`kept as ${keepFind(name, error.input)}\n`);
}
process.disconnect();
