/** Waiting for what happens in this process by turns of its event loop. */

import { setImmediate as nextTurn } from "node:timers/promises";

/** Only what hangs takes so long, on a busy machine too; a little less than a test may take, so that it says for what it waits. */
const hangMs = 110_000;

/** Lets the event loop turn until `condition` holds. @throws where it never does */
export async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + hangMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`never true: ${condition.toString()}`);
    await nextTurn();
  }
}
