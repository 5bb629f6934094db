/** Waits for what happens in this process, by turns of its event loop. */

import { setImmediate as nextTurn } from "node:timers/promises";

/**
 * Only a condition that never holds takes so long, on a busy machine too. It is a little less than the time limit of
 * a test, so that the error says what is waited for.
 */
const hangMs = 390_000;

/** Lets the event loop turn until `condition` holds. @throws Error where it never does */
export async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + hangMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`never true: ${condition.toString()}`);
    await nextTurn();
  }
}
