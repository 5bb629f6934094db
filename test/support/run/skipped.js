/** Says at the end of a run what was skipped, one line for each reason; with REQUIRE_KERNEL=1 a skipped test is a failure. */

/** How test/support/real-kernel.ts marks titles. */
const mark = /\(skipped: (.*)\)$/;

/**
 * What is read of Jest's results.
 *
 * @typedef {{ status: string, title: string, ancestorTitles: readonly string[] }} TestResult
 * @typedef {{ testFilePath: string, testResults: readonly TestResult[] }} FileResult
 */

/** @param {TestResult} result */
function reasonOf({ ancestorTitles, title }) {
  const reasons = [...ancestorTitles, title].map((text) => mark.exec(text)?.[1]);
  return reasons.find((reason) => reason !== undefined);
}

/** @param {number} count @param {string} word */
const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

/** @param {readonly FileResult[]} files @param {boolean} chosen whether only tests of some titles were run */
export function describeSkipped(files, chosen) {
  /** @type {Map<string, { tests: number, files: Set<string> }>} */
  const byReason = new Map();
  for (const { testFilePath, testResults } of files) {
    for (const result of testResults) {
      if (result.status === "passed" || result.status === "failed") continue;
      const reason = reasonOf(result) ?? (chosen ? undefined : "no reason is given");
      if (reason === undefined) continue;
      const of = byReason.get(reason) ?? { tests: 0, files: new Set() };
      byReason.set(reason, { tests: of.tests + 1, files: of.files.add(testFilePath) });
    }
  }
  return [...byReason].map(
    ([reason, of]) => `Skipped: ${plural(of.tests, "test")} of ${plural(of.files.size, "file")}: ${reason}`,
  );
}

/** Where teardown.js finds the lines: Jest's own summary comes after all reporters. */
export const skippedLines = Symbol.for("taskstats-exporter skipped tests");

/** A reporter of Jest's. */
export default class SkippedReporter {
  /** @type {readonly string[]} */
  lines = [];

  /** @param {{ testNamePattern?: string }} globalConfig */
  constructor({ testNamePattern = "" }) {
    this.chosen = testNamePattern !== "";
  }

  /** @param {unknown} _contexts @param {{ testResults: readonly FileResult[] }} results */
  onRunComplete(_contexts, { testResults }) {
    this.lines = describeSkipped(testResults, this.chosen);
    Object.assign(globalThis, { [skippedLines]: this.lines });
  }

  /** @returns {Error | undefined} what makes the run a failure */
  getLastError() {
    if (process.env["REQUIRE_KERNEL"] !== "1" || this.lines.length === 0) return undefined;
    return new Error("REQUIRE_KERNEL=1: nothing may be skipped");
  }
}
