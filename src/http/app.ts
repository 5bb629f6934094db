/** The HTTP interface: the metrics page, the pages for people, health, readiness and reload. */

import express, { type Express, type NextFunction, type Request, type Response } from "express";
import { assetsPath, createPages, notReady, type PagesOptions } from "./pages/pages.ts";
import { createReaders, readerLimits } from "./readers.ts";
import { createScrape, type ScrapeOptions } from "./scrape.ts";

export interface AppOptions extends ScrapeOptions, Omit<PagesOptions, "readers"> {
  readonly isReady: () => boolean;
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
  // The metrics page and the pages for people share one limit of memory.
  const readers = createReaders({ ...readerLimits, onCut: () => onRejected("slow_reader") });
  const scrape = createScrape(options, readers);
  const pages = createPages({ ...options, readers });
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

  const isPacked = (request: Request): boolean => request.acceptsEncodings("gzip", "identity") === "gzip";
  app.get(telemetryPath, (request, response) => scrape(request, response, { gzip: isPacked(request) }));
  for (const [path, show] of [
    ["/", pages.overview],
    ["/group", pages.group],
    ["/live.json", pages.json],
    [`${assetsPath}:name`, pages.asset],
  ] as const) {
    app.get(path, (request, response) => {
      const { method, path: asked, query } = request;
      return show({ method, path: asked, query, gzip: isPacked(request) }, response);
    });
  }
  app.get("/-/healthy", (_request, response) => sendText(response, 200, "healthy"));
  app.get("/-/ready", (_request, response) => {
    const ready = isReady();
    sendText(response, ready ? 200 : 503, ready ? "ready" : notReady);
  });
  app.use((request: Request, response: Response) => {
    const reloading = reload === undefined ? " (/-/reload is off: --web.enable-lifecycle)" : " and /-/reload (POST)";
    const paths = `${telemetryPath}, /, /live.json, /-/healthy, /-/ready`;
    sendText(response, 404, `no page at ${request.path}: there are ${paths}${reloading}`);
  });
  return app;
}
