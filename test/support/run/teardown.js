/** Ends a run of the tests: each test ends what it starts, so that what is left now is a failure. */

import { endOfRun } from "./setup.js";

/** Called by Jest after the last test. @throws {Error} where something was left; it is removed all the same */
export default async function tearDown() {
  /** @type {unknown} */
  const end = Reflect.get(globalThis, endOfRun);
  const left = await /** @type {() => Promise<string[]>} */ (end)();
  if (left.length > 0) throw new Error(`tests left behind, now removed: ${left.join("; ")}`);
}
