/** How long a scraper waits, as it says in each request. */

import type { IncomingMessage } from "node:http";
import { ExporterError } from "../base/errors.ts";

/** Of the time that the scraper allows, what is left for the way back. */
const reserveMs = 250;

/** The header in which scrapers, and only they, say how many seconds they wait. */
export function scrapeTimeoutOf(request: IncomingMessage): string | undefined {
  const header = request.headers["x-prometheus-scrape-timeout-seconds"];
  return typeof header === "string" ? header : undefined;
}

/** The scraper's limit in milliseconds, less the reserve; undefined where it names none. */
export function parseScrapeTimeout(header: string | undefined): number | undefined {
  const seconds = Number(header ?? NaN);
  if (!(seconds > 0 && seconds < 86_400)) return undefined;
  return Math.max(seconds * 1000 - reserveMs, seconds * 500);
}

/** Aborts with SCRAPE_TIMEOUT after so many milliseconds, never where that is undefined. @returns what stops the timer */
export function abortAfter(controller: AbortController, limitMs: number | undefined): () => void {
  if (limitMs === undefined) return () => undefined;
  const timer = setTimeout(() => {
    const want = `a page within ${limitMs} ms`;
    controller.abort(new ExporterError("SCRAPE_TIMEOUT", { where: "scrape", want, got: "none yet" }));
  }, limitMs);
  return () => clearTimeout(timer);
}
