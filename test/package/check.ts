/** Runs the checks of a package one after the other and prints a line for each. */

import { figuresOf, type Figures } from "./guest/check.ts";

/** One line of the report. */
export interface Check<What> {
  /** A sentence that could be false. */
  readonly title: string;
  /** @returns figures, or nothing, or a promise of either. @throws Error that says what is not so */
  readonly verify: (what: What) => unknown;
}

export const say = (text: string): void => void process.stdout.write(`${text}\n`);

const formatFigures = (figures: Figures): string =>
  Object.entries(figures)
    .map(([name, value]) => `; ${name}: ${value}`)
    .join("");

/** Prints the result of one check. @param failures a text for each difference; none where it passed */
export function tellResult(title: string, failures: readonly string[], figures: Figures): void {
  say(`  ${failures.length === 0 ? "ok  " : "FAIL"} ${title}${formatFigures(figures)}`);
  for (const failure of failures) say(`         ${failure.replaceAll("\n", "\n         ")}`);
}

/** @returns how many failed */
export async function verifyAll<What>(checks: readonly Check<What>[], what: What): Promise<number> {
  let failed = 0;
  for (const { title, verify } of checks) {
    try {
      tellResult(title, [], figuresOf(await verify(what)));
    } catch (error) {
      failed++;
      tellResult(title, [error instanceof Error ? error.message : String(error)], {});
    }
  }
  return failed;
}
