/**
 * Runs files of tests beside each other, and then, one after the other, those that need the machine for themselves.
 */

import { createRequire } from "node:module";
import { relative, sep } from "node:path";

/**
 * Where these files are. They change settings of the kernel, end processes as fast as they can, measure how long processes
 * wait, or count what the exec watcher sees in time. One makes more groups of processes than others' exporters have room for.
 */
const alone = [
  ...["test/kernel/", "test/faults/", "test/docs/readme.test.ts"],
  ...["test/e2e/clients.test.ts", "test/e2e/live-page.test.ts", "test/e2e/prometheus.test.ts"],
];

/** Files of these folders that do none of that: their figures are of processes that they name themselves. */
export const together = [
  ...["changes", "lives-ends", "lives-exec", "lives-threads", "reload"].map((name) => `test/kernel/${name}.test.ts`),
  ...["bad-files", "descriptors", "failing-looks", "hidden", "lost-sockets", "passwords", "start-limits"].map(
    (name) => `test/faults/${name}.test.ts`,
  ),
];

/**
 * Of the files that run beside each other, those that take longest, which begin first: one that began last would keep the
 * other CPUs waiting.
 */
export const longest = [
  "test/e2e/zero-first.test.ts",
  "test/docs/add-a-field.test.ts",
  "test/support/run/run.test.ts",
  "test/e2e/explain.test.ts",
  "test/e2e/groups.test.ts",
  "test/kernel/reload.test.ts",
  "test/e2e/native-histograms.test.ts",
  "test/e2e/harden.test.ts",
  "test/collect/implausible.test.ts",
  "test/e2e/log.test.ts",
  "test/kernel/lives-ends.test.ts",
  "test/collect/laws.test.ts",
  "test/kernel/lives-exec.test.ts",
  "test/e2e/conservation.test.ts",
];

/** @param {string} rootDir @param {string} path */
const nameOf = (rootDir, path) => relative(rootDir, path).split(sep).join("/");

/** @param {string} rootDir @param {string} path */
export function runsAlone(rootDir, path) {
  const name = nameOf(rootDir, path);
  return alone.some((start) => name.startsWith(start)) && !together.includes(name);
}

/**
 * A place in the order of files that run beside each other. Jest's own order, by former runs or by size, decides between those of
 * one place.
 *
 * @param {string} rootDir @param {string} path
 */
export function placeOf(rootDir, path) {
  const place = longest.indexOf(nameOf(rootDir, path));
  return place < 0 ? longest.length : place;
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
    /** @param {Test} test */
    const place = ({ path, context }) => placeOf(context.config.rootDir, path);
    const beside = tests.filter((test) => !isAlone(test)).sort((one, other) => place(one) - place(other));
    if (beside.length > 0) await failIfKilled(() => super.runTests(beside, watcher, options));
    const rest = tests.filter(isAlone);
    if (rest.length > 0) await super.runTests(rest, watcher, { serial: true });
  }
}
