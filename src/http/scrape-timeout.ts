/** Reads from a scrape's headers how long the scraper waits, and aborts the scrape shortly before. */

import type { IncomingMessage } from "node:http";
import { ExporterError } from "../base/errors.ts";

/** The part of the scraper's limit that is reserved for sending the answer. */
const reserveMs = 250;

/** The header with the scraper's limit in seconds. Only scrapers send it, not browsers or health checks. */
export function scrapeTimeoutOf(request: IncomingMessage): string | undefined {
  const header = request.headers["x-prometheus-scrape-timeout-seconds"];
  return typeof header === "string" ? header : undefined;
}

/** The scraper's limit less the reserve, but at least half of the limit, in milliseconds. Undefined where no valid limit is given. */
export function parseScrapeTimeout(header: string | undefined): number | undefined {
  const seconds = Number(header ?? NaN);
  if (!(seconds > 0 && seconds < 86_400)) return undefined;
  return Math.max(seconds * 1000 - reserveMs, seconds * 500);
}

/** Aborts with SCRAPE_TIMEOUT after `limitMs`, or never if that is undefined. @returns a function that stops the timer */
export function abortAfter(controller: AbortController, limitMs: number | undefined): () => void {
  if (limitMs === undefined) return () => undefined;
  const timer = setTimeout(() => {
    const want = `a page within ${limitMs} ms`;
    controller.abort(new ExporterError("SCRAPE_TIMEOUT", { where: "scrape", want, got: "none yet" }));
  }, limitMs);
  return () => clearTimeout(timer);
}
