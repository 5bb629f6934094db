/** A real browser for tests and pictures: Chromium without a window, which keeps what goes wrong on each page. */

import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from "playwright-core";
import { findProgram } from "./command.ts";

/** An open page, in a profile of its own. */
export interface OpenPage {
  readonly page: Page;
  /**
   * What has gone wrong so far, a line each: uncaught exceptions, errors on the console (what the page's
   * Content-Security-Policy forbade is one), requests that failed or were answered with an error.
   */
  readonly faults: readonly string[];
  close(): Promise<void>;
}

export interface TestBrowser {
  /** Opens a page and waits until it has been loaded. */
  open(url: string, options?: BrowserContextOptions): Promise<OpenPage>;
  /** Closes all pages and ends the browser. */
  close(): Promise<void>;
}

/** Only what never happens takes so long, on a busy machine too. A test has more time, so that the error says what is waited for. */
const hangMs = 120_000;

/** The console says this of each failed request, but not always of which one. */
const requestFault = /^Failed to load resource/;

/** The page itself has taken the request back, by which nothing is wrong. */
const aborted = "net::ERR_ABORTED";

function collectFaults(page: Page): readonly string[] {
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(`exception: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" && !requestFault.test(message.text())) faults.push(`console: ${message.text()}`);
  });
  page.on("requestfailed", (request) => {
    const reason = request.failure()?.errorText ?? "";
    if (reason !== aborted) faults.push(`request: ${request.url()}: ${reason}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400) faults.push(`request: ${response.url()}: status ${response.status()}`);
  });
  return faults;
}

async function openPage(browser: Browser, url: string, options: BrowserContextOptions): Promise<OpenPage> {
  const context: BrowserContext = await browser.newContext(options);
  context.setDefaultTimeout(hangMs);
  const page = await context.newPage();
  const faults = collectFaults(page);
  await page.goto(url);
  return { page, faults, close: () => context.close() };
}

/** Starts the machine's chromium. @throws Error where there is none */
export async function startBrowser(): Promise<TestBrowser> {
  const executablePath = findProgram("chromium");
  if (executablePath === undefined) throw new Error("chromium is missing: apt-get install chromium fonts-dejavu-core");
  // Chromium refuses to run as root with its sandbox. Tests show it none but their own pages.
  const browser = await chromium.launch({
    executablePath,
    chromiumSandbox: false,
    timeout: hangMs,
    // Signals are for the tests, which close the browser themselves.
    ...{ handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false },
  });
  return {
    open: (url, options = {}) => openPage(browser, url, options),
    close: () => browser.close(),
  };
}
