/** Waits for what only asking again can tell. */

import { setTimeout as pause } from "node:timers/promises";

const pauseMs = 200;
const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * Asks until there is an answer; a question that throws has none yet.
 *
 * @throws Error after `limitMs`, with what the last question threw
 */
export async function until<T>(what: string, ask: () => Promise<T | undefined>, limitMs = 60_000): Promise<T> {
  const end = performance.now() + limitMs;
  for (;;) {
    let reason = "no answer";
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      reason = reasonOf(error);
    }
    if (performance.now() > end) throw new Error(`${what}: want it within ${limitMs / 1000} s, got ${reason}`);
    await pause(pauseMs);
  }
}

/** Asks until a check throws no more. @throws Error after `limitMs`, with what it threw last */
export async function untilHolds(what: string, check: () => Promise<unknown>, limitMs?: number): Promise<void> {
  await until(what, async () => (await check(), true), limitMs);
}
