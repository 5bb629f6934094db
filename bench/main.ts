/** The benchmarks: `npm run bench -- NAME [flags]` runs one and prints its table. What they measure is in README.md. */

import { parseArguments, type Arguments, type Numbers } from "./arguments.ts";
import { guardChildren } from "./children.ts";
import * as children from "./forked-children.ts";
import * as exits from "./exits.ts";
import * as idle from "./idle.ts";
import { describeMachine } from "./machine.ts";
import * as page from "./page.ts";
import * as readers from "./readers.ts";
import * as scrape from "./scrape.ts";
import * as soak from "./soak.ts";
import * as start from "./start.ts";
import * as threads from "./threads.ts";

interface Benchmark<T extends Numbers> {
  readonly defaults: T;
  readonly run: (args: Arguments<T>) => Promise<string>;
}

/** No benchmark may take longer, whatever its flags. */
const limitMs = 30 * 60_000;

function prepare<T extends Numbers>({ defaults, run }: Benchmark<T>) {
  const flags = Object.entries(defaults).map(([flag, value]) => `[--${flag} ${value}]`);
  return { flags: flags.join(" "), run: (args: readonly string[]) => run(parseArguments(args, defaults)) };
}

const benchmarks = new Map(
  Object.entries({
    scrape: prepare(scrape),
    page: prepare(page),
    exits: prepare(exits),
    children: prepare(children),
    start: prepare(start),
    idle: prepare(idle),
    soak: prepare(soak),
    readers: prepare(readers),
    threads: prepare(threads),
  }),
);

function formatUsage(): string {
  const lines = [...benchmarks].map(([name, { flags }]) => `  npm run bench -- ${name} ${flags}`);
  return `Usage, with the defaults:\n${lines.join("\n")}\n--cpu-prof FOLDER: puts the exporter's CPU profile there.\n`;
}

const [name = "", ...args] = process.argv.slice(2);
const benchmark = benchmarks.get(name);
if (benchmark === undefined) {
  process.stderr.write(formatUsage());
  process.exit(2);
}
guardChildren(limitMs);
try {
  process.stdout.write(`${describeMachine()}\n`);
  process.stdout.write(`${await benchmark.run(args)}\n`);
} catch (error) {
  process.stderr.write(`bench ${name}: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
