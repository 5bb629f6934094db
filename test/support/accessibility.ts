/** Asks axe-core what on a page is hard to read, or cannot be used by keyboard or with a screen reader. */

import type { AxeResults } from "axe-core";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

/** The library as a script for a browser. Importing it would need the objects of one. */
const library = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const schemes = ["light", "dark"] as const;

/**
 * The faults of a page as it is now, in light and in dark colours. The page may forbid all scripts: these are run by the
 * debugger, to which its Content-Security-Policy does not apply.
 *
 * @returns a line for each fault: the colours, axe-core's rule and its advice, and the element's HTML
 */
export async function findAccessibilityFaults(page: Page): Promise<readonly string[]> {
  const faults: string[] = [];
  await page.evaluate(library);
  for (const colorScheme of schemes) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await page.evaluate<AxeResults>("axe.run(document, { resultTypes: ['violations'] })");
    for (const { id, help, nodes } of violations)
      for (const { html, failureSummary = "" } of nodes)
        faults.push(`${colorScheme}: ${id}: ${help}: ${html}: ${failureSummary.replaceAll(/\s+/g, " ")}`);
  }
  await page.emulateMedia({ colorScheme: null });
  return faults;
}
