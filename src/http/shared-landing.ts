/**
 * The landing page for all who look at once: they share one look, and one copy of its page. Whoever takes nothing of it is cut
 * off like a scraper.
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import { createBody, type Body } from "./body.ts";
import { renderLanding, type LandingState } from "./landing.ts";
import type { Readers } from "./readers.ts";

export interface SharedLandingOptions {
  readonly telemetryPath: string;
  /** Undefined while the exporter is not ready. */
  readonly look: () => Promise<LandingState | undefined>;
  readonly readers: Pick<Readers, "send">;
}

export type Landing = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export function createSharedLanding({ telemetryPath, look, readers }: SharedLandingOptions): Landing {
  /** The one that is being made. */
  let current: Promise<Body> | undefined;

  async function make(): Promise<Body> {
    // What keeps it from looking, scrapes tell of.
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
