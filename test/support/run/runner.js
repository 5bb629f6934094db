/**
 * Runs files of tests beside each other, one on each CPU, and then, one after the other, those that need the machine for
 * themselves.
 */

import { createRequire } from "node:module";
import { relative, sep } from "node:path";

/**
 * Where these files are. They change settings of the kernel, end processes as fast as they can, or measure how long processes
 * wait. One makes more groups of processes than others' exporters have room for.
 */
const alone = [
  ...["test/kernel/", "test/faults/", "test/docs/readme.test.ts"],
  ...["test/e2e/clients.test.ts", "test/e2e/prometheus.test.ts"],
];

/** @param {string} rootDir @param {string} path */
export function runsAlone(rootDir, path) {
  const name = relative(rootDir, path).split(sep).join("/");
  return alone.some((start) => name.startsWith(start));
}

/**
 * Jest's own runner, as far as it is used here.
 *
 * @typedef {{ path: string, context: { config: { rootDir: string } } }} Test
 * @typedef {{ serial: boolean }} Options
 * @typedef {{ runTests(tests: readonly Test[], watcher: unknown, options: Options): Promise<void> }} TestRunner
 */

// The runner is a part of Jest. It is looked for from where Jest is, so that package.json need not name it.
const require = createRequire(createRequire(import.meta.url).resolve("jest"));
/** @type {unknown} */
const module = createRequire(require.resolve("@jest/core"))("jest-runner");
const { default: JestRunner } = /** @type {{ default: new (...args: readonly unknown[]) => TestRunner }} */ (module);

/** Calls `run`, and makes the status of this process a failure if Jest then had to kill one of its workers. */
async function failIfKilled(/** @type {() => Promise<void>} */ run) {
  // Jest says it, and has no other sign of it.
  const { error } = console;
  console.error = (/** @type {unknown[]} */ ...said) => {
    error(...said);
    if (!String(said[0]).includes("worker process has failed to exit gracefully")) return;
    error("A worker of Jest does not end by itself, which is a failure: a test left something open");
    process.exitCode = 1;
  };
  try {
    await run();
  } finally {
    console.error = error;
  }
}

export default class Runner extends JestRunner {
  /** @override @type {TestRunner["runTests"]} */
  async runTests(tests, watcher, options) {
    /** @param {Test} test */
    const isAlone = ({ path, context }) => runsAlone(context.config.rootDir, path);
    const together = tests.filter((test) => !isAlone(test));
    if (together.length > 0) await failIfKilled(() => super.runTests(together, watcher, options));
    const rest = tests.filter(isAlone);
    if (rest.length > 0) await super.runTests(rest, watcher, { serial: true });
  }
}
