/** Ends a run of the tests: each test ends what it starts, so that what is left now is a failure. */

import { endOfRun } from "./setup.js";
import { skippedLines } from "./skipped.js";

function sayWhatWasSkipped() {
  /** @type {unknown} */
  const lines = Reflect.get(globalThis, skippedLines);
  if (Array.isArray(lines)) for (const line of lines) process.stderr.write(`${line}\n`);
}

/** Called by Jest after the last test. @throws {Error} where something was left; it is removed all the same */
export default async function tearDown() {
  sayWhatWasSkipped();
  /** @type {unknown} */
  const end = Reflect.get(globalThis, endOfRun);
  const left = await /** @type {() => Promise<string[]>} */ (end)();
  if (left.length > 0) throw new Error(`tests left behind, now removed: ${left.join("; ")}`);
}
