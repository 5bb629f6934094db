/** The HTTP interface: the metrics page, the landing page, health, readiness and reload. */

import express, { type Express, type NextFunction, type Request, type Response } from "express";
import type { LandingState } from "./landing.ts";
import { createReaders, readerLimits } from "./readers.ts";
import { createScrape, type ScrapeOptions } from "./scrape.ts";
import { createSharedLanding } from "./shared-landing.ts";

export interface AppOptions extends ScrapeOptions {
  readonly telemetryPath: string;
  readonly isReady: () => boolean;
  /** Collects the state for the landing page; undefined while the exporter is not ready. */
  readonly look: () => Promise<LandingState | undefined>;
  /** Loads the configuration again and returns a sentence about it; undefined where reloading by HTTP is off. @throws ExporterError */
  readonly reload: (() => Promise<string>) | undefined;
}

/** The paths of health and readiness, which need no password with `--web.public-health`. */
export const healthPaths = ["/-/healthy", "/-/ready"] as const;

function sendText(response: Response, status: number, text: string): void {
  response.status(status).type("text/plain").send(`${text}\n`);
}

/** Creates the express application. It does not listen yet. */
export function createApp(options: AppOptions): Express {
  const { telemetryPath, isReady, reload, onRejected } = options;
  // The metrics page and the landing page share one limit of memory.
  const readers = createReaders({ ...readerLimits, onCut: () => onRejected("slow_reader") });
  const scrape = createScrape(options, readers);
  const landing = createSharedLanding({ ...options, readers });
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

  app.get(telemetryPath, (request, response) =>
    scrape(request, response, { gzip: request.acceptsEncodings("gzip", "identity") === "gzip" }),
  );
  app.get("/", landing);
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
