import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import type { IncomingMessage } from "node:http";
import { ExporterError } from "../../src/base/errors.ts";
import { abortAfter, parseScrapeTimeout, scrapeTimeoutOf } from "../../src/http/scrape-timeout.ts";

describe("the limit of a scraper", () => {
  const headerOf = (headers: object): string | undefined => scrapeTimeoutOf({ headers } as unknown as IncomingMessage);

  test("is read from the header that only scrapers send", () => {
    expect(headerOf({ "x-prometheus-scrape-timeout-seconds": "10" })).toBe("10");
    expect(headerOf({ "user-agent": "curl" })).toBeUndefined();
    expect(headerOf({ "x-prometheus-scrape-timeout-seconds": ["1", "2"] })).toBeUndefined();
  });

  test.each([
    ["10", 9750],
    ["0.5", 250],
    ["0.3", 150],
    ["86399", 86_398_750],
    [undefined, undefined],
    ["", undefined],
    ["0", undefined],
    ["-1", undefined],
    ["86400", undefined],
    ["soon", undefined],
    ["Infinity", undefined],
  ])("of %j seconds leaves %j ms for the page", (header, limit) => {
    expect(parseScrapeTimeout(header)).toBe(limit);
  });
});

describe("the timer of a scrape", () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  test("aborts with SCRAPE_TIMEOUT at the limit, and not before", () => {
    const controller = new AbortController();
    abortAfter(controller, 150);
    jest.advanceTimersByTime(149);
    expect(controller.signal.aborted).toBe(false);
    jest.advanceTimersByTime(1);
    const reason: unknown = controller.signal.reason;
    expect(reason).toBeInstanceOf(ExporterError);
    expect(String(reason)).toContain("SCRAPE_TIMEOUT at scrape: want a page within 150 ms, got none yet");
  });

  test("does not abort after it was stopped, nor without a limit", () => {
    const controller = new AbortController();
    abortAfter(controller, 150)();
    abortAfter(controller, undefined)();
    jest.advanceTimersByTime(86_400_000);
    expect(controller.signal.aborted).toBe(false);
    expect(jest.getTimerCount()).toBe(0);
  });
});
