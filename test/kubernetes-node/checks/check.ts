/** A check, and how its outcome is printed. */

import type { Cluster } from "../cluster.ts";

/** One line of the report. */
export interface Check {
  /** What is true where it passes. */
  readonly title: string;
  /** @throws Error that says what is not so */
  readonly verify: (cluster: Cluster) => Promise<void>;
}

const indent = (text: string): string => text.trimEnd().replace(/^/gm, "         ");

/** Runs all of them in order, whatever becomes of one. @returns how many failed */
export async function verifyAll(
  checks: readonly Check[],
  cluster: Cluster,
  say: (text: string) => void,
): Promise<number> {
  let failed = 0;
  for (const { title, verify } of checks) {
    const begin = performance.now();
    const seconds = (): string => `(${((performance.now() - begin) / 1000).toFixed(1)} s)`;
    try {
      await verify(cluster);
      say(`  ok   ${title} ${seconds()}`);
    } catch (error) {
      failed++;
      say(`  FAIL ${title} ${seconds()}\n${indent(error instanceof Error ? error.message : String(error))}`);
    }
  }
  return failed;
}
