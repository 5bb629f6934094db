/** The HTTP interface: the page of metrics, the landing page, and the two questions of whoever runs the exporter. */

import { promisify } from "node:util";
import { gzip } from "node:zlib";
import express, { type Express, type NextFunction, type Request, type Response } from "express";
import { errorCodeOf, ExporterError, type ErrorCode } from "../base/errors.ts";
import { contentTypes, type Exposition } from "../exposition/registry.ts";
import type { Page } from "../exposition/page.ts";
import { chooseFormat } from "./accept.ts";
import { renderLanding, type LandingState } from "./landing.ts";

export interface AppOptions {
  readonly telemetryPath: string;
  readonly exposition: Exposition;
  /** All figures as of now. */
  readonly collect: () => Promise<Page>;
  readonly isReady: () => boolean;
  /** Undefined while the exporter is not ready. */
  readonly look: () => Promise<LandingState | undefined>;
  /** Loads the configuration again and says what was done; undefined where HTTP may not ask for that. @throws ExporterError */
  readonly reload: (() => Promise<string>) | undefined;
  /** Told of each scrape that was answered with 503. */
  readonly onScrapeError: (code: ErrorCode, error: unknown) => void;
}

const compress = promisify(gzip);

/** Level 1 takes 2.4 ms for a megabyte, level 6 takes 6 and saves little more on text of this kind. */
const gzipOptions = { level: 1 };

/** Of the time that the scraper allows, what is left for the way back. */
const reserveMs = 250;

/** The scraper's limit in milliseconds, less the reserve; undefined where it names none. */
export function parseScrapeTimeout(header: string | undefined): number | undefined {
  const seconds = Number(header ?? NaN);
  if (!(seconds > 0 && seconds < 86_400)) return undefined;
  return Math.max(seconds * 1000 - reserveMs, seconds * 500);
}

/** Rejects with SCRAPE_TIMEOUT where `work` takes longer. */
async function within<T>(work: Promise<T>, limitMs: number | undefined): Promise<T> {
  if (limitMs === undefined) return work;
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const want = `a page within ${limitMs} ms`;
      reject(new ExporterError("SCRAPE_TIMEOUT", { where: "scrape", want, got: "none yet" }));
    }, limitMs);
  });
  return Promise.race([work, limit]).finally(() => clearTimeout(timer));
}

async function send(request: Request, response: Response, text: string): Promise<void> {
  response.vary("Accept").vary("Accept-Encoding");
  if (request.acceptsEncodings("gzip", "identity") !== "gzip") {
    response.send(Buffer.from(text));
    return;
  }
  response.set("Content-Encoding", "gzip").send(await compress(text, gzipOptions));
}

function sendText(response: Response, status: number, text: string): void {
  response.status(status).type("text/plain").send(`${text}\n`);
}

/** Creates the express application; it listens nowhere yet. */
export function createApp(options: AppOptions): Express {
  const { telemetryPath, exposition, collect, isReady, look, reload, onScrapeError } = options;
  const app = express();
  app.disable("x-powered-by").disable("etag").enable("case sensitive routing").enable("strict routing");

  app.post("/-/reload", async (_request, response) => {
    if (reload === undefined) {
      sendText(
        response,
        403,
        "reloading by HTTP is off: start the exporter with --web.enable-lifecycle, or send SIGHUP",
      );
      return;
    }
    try {
      sendText(response, 200, await reload());
    } catch (error) {
      sendText(response, 500, error instanceof Error ? error.message : String(error));
    }
  });
  app.use((request: Request, response: Response, next: NextFunction) => {
    const allowed = request.path === "/-/reload" ? ["POST"] : ["GET", "HEAD"];
    const method = allowed.find((name) => name === request.method);
    if (method !== undefined) next();
    else {
      const served = `only ${allowed.join(" and ")}`;
      sendText(response.set("Allow", allowed.join(", ")), 405, `${request.method} is not served here, ${served}`);
    }
  });

  app.get(telemetryPath, async (request, response) => {
    try {
      const format = chooseFormat(request.get("accept"));
      const limitMs = parseScrapeTimeout(request.get("x-prometheus-scrape-timeout-seconds"));
      const text = await within(
        collect().then((page) => exposition.render(page, format)),
        limitMs,
      );
      await send(request, response.set("Content-Type", contentTypes[format]), text);
    } catch (error) {
      onScrapeError(errorCodeOf(error, "COLLECTION_FAILED"), error);
      sendText(response, 503, error instanceof Error ? error.message : String(error));
    }
  });
  app.get("/", async (_request, response) => {
    response.type("html").send(renderLanding(await look().catch(() => undefined), telemetryPath));
  });
  app.get("/-/healthy", (_request, response) => sendText(response, 200, "healthy"));
  app.get("/-/ready", (_request, response) => {
    const ready = isReady();
    sendText(response, ready ? 200 : 503, ready ? "ready" : "not ready: the baseline has not been taken yet");
  });
  app.use((request: Request, response: Response) => {
    const reloading = reload === undefined ? " (/-/reload is off: --web.enable-lifecycle)" : " and /-/reload (POST)";
    const pages = `${telemetryPath}, /, /-/healthy, /-/ready`;
    sendText(response, 404, `no page at ${request.path}: there are ${pages}${reloading}`);
  });
  return app;
}
