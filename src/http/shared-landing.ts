/**
 * Serves the landing page. Requests that come at the same time share one collection and one copy of the page. A client that
 * does not read it is cut off, like a scraper.
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import { createBody, type Body } from "./body.ts";
import { renderLanding, type LandingState } from "./landing.ts";
import type { Readers } from "./readers.ts";

export interface SharedLandingOptions {
  readonly telemetryPath: string;
  /** Collects what the page shows; undefined while the exporter is not ready. */
  readonly look: () => Promise<LandingState | undefined>;
  readonly readers: Pick<Readers, "send">;
}

export type Landing = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export function createSharedLanding({ telemetryPath, look, readers }: SharedLandingOptions): Landing {
  /** The page that is being made; undefined while none is. */
  let current: Promise<Body> | undefined;

  async function make(): Promise<Body> {
    // The error is not reported here, because the next scrape reports it.
    const state = await look().catch(() => undefined);
    return createBody([Buffer.from(renderLanding(state, telemetryPath))]);
  }

  return async ({ method }, response) => {
    const body = await (current ??= make().finally(() => (current = undefined)));
    if (response.destroyed) return;
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    response.setHeader("Content-Length", body.bytes);
    if (method === "HEAD") response.end();
    else await readers.send(response, body);
  };
}
