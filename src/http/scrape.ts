/** Answers scrapes: with a shared page within the scraper's time limit, or with 503. Limits how many scrapes are served at once. */

import type { IncomingMessage, ServerResponse } from "node:http";
import { errorCodeOf, type ErrorCode } from "../base/errors.ts";
import type { FirstShown, Page } from "../exposition/page.ts";
import { contentTypes, type Exposition } from "../exposition/exposition.ts";
import { chooseFormat } from "./accept.ts";
import type { Body } from "./body.ts";
import type { Readers } from "./readers.ts";
import type { Rejection } from "./rejection.ts";
import { abortAfter, parseScrapeTimeout, scrapeTimeoutOf } from "./scrape-timeout.ts";
import { createScrapers } from "./scrapers.ts";
import { createSharedPages } from "./shared-pages.ts";

export interface ScrapeOptions {
  readonly exposition: Exposition;
  /** Collects all figures as of now. @param first called after the collection: what the page shows of a new series first */
  readonly collect: (first: () => FirstShown) => Promise<Page>;
  /** How many scrapes are served at the same time; 0 means no limit. */
  readonly maxRequests: number;
  /** Whether a scraper's page shows a series that is new to that scraper once with the value 0. */
  readonly zeroFirst: boolean;
  /** Called for each scrape that fails and is answered with 503. */
  readonly onScrapeError: (code: ErrorCode, error: unknown) => void;
  /** Called for each scrape that is refused or cut off. */
  readonly onRejected: (reason: Rejection) => void;
}

/** What the request's Accept-Encoding allows. */
export interface Accepted {
  readonly gzip: boolean;
}

export type Scrape = (request: IncomingMessage, response: ServerResponse, accepted: Accepted) => Promise<void>;

class ClientLeft extends Error {}

function refuse(response: ServerResponse, text: string): void {
  if (response.headersSent || response.destroyed) return;
  response.statusCode = 503;
  response.setHeader("Content-Type", "text/plain; charset=utf-8");
  response.removeHeader("Content-Encoding");
  response.end(`${text}\n`);
}

/** @param readers shared with the landing page, so that one limit of memory holds for both */
export function createScrape(options: ScrapeOptions, readers: Readers): Scrape {
  const { maxRequests, zeroFirst, onScrapeError, onRejected } = options;
  const scrapers = createScrapers(() => performance.now());
  const pages = createSharedPages(options);
  let served = 0;

  /** Whether one more scrape may be served. At the limit, a reader that takes nothing of its page is cut off for it. */
  function admits(): boolean {
    return maxRequests === 0 || served < maxRequests || readers.cutStalled();
  }

  /** @returns whether the kernel has taken all of the page */
  async function send(request: IncomingMessage, response: ServerResponse, body: Body): Promise<boolean> {
    response.setHeader("Content-Length", body.bytes);
    if (request.method !== "HEAD") return readers.send(response, body);
    response.end();
    return false;
  }

  async function answer(request: IncomingMessage, response: ServerResponse, { gzip }: Accepted): Promise<void> {
    const format = chooseFormat(request.headers.accept);
    const controller = new AbortController();
    response.once("close", () => controller.abort(new ClientLeft()));
    const scraper = zeroFirst ? scrapers.recognise(request, response) : undefined;
    const stopTimer = abortAfter(controller, parseScrapeTimeout(scrapeTimeoutOf(request)));
    try {
      const form = { format, compressed: gzip, since: scraper?.last };
      const { body, number } = await pages.take(form, controller.signal);
      stopTimer();
      response.setHeader("Vary", "Accept, Accept-Encoding");
      response.setHeader("Content-Type", contentTypes[format]);
      if (gzip) response.setHeader("Content-Encoding", "gzip");
      if (await send(request, response, body)) scraper?.sent(number);
    } catch (error) {
      stopTimer();
      if (error instanceof ClientLeft) return;
      onScrapeError(errorCodeOf(error, "COLLECTION_FAILED"), error);
      refuse(response, error instanceof Error ? error.message : String(error));
    }
  }

  return async (request, response, accepted) => {
    if (!admits()) {
      onRejected("max_requests");
      refuse(response, `${maxRequests} scrapes are being served already (--web.max-requests)`);
      return;
    }
    served++;
    response.once("close", () => served--);
    await answer(request, response, accepted);
  };
}
