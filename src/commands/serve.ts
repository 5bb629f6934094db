/** Serves the page until a signal ends it. */

import { createServer as createHttpServer, type RequestListener, type Server } from "node:http";
import { once } from "node:events";
import type { Logger } from "pino";
import { ExporterError } from "../base/errors.ts";
import type { Invocation, ListenAddress } from "../cli.ts";
import { increment } from "../collect/counters.ts";
import { createExposition } from "../exposition/registry.ts";
import type { Exporter } from "../exporter.ts";
import { createLandingLook } from "./look.ts";
import { createApp } from "../http/app.ts";
import type { WebServer } from "../http/web-config/server.ts";

/** How long open requests may go on after a signal. */
const graceMs = 5000;

async function listen(server: Server, { host, port }: ListenAddress): Promise<number> {
  const where = `--web.listen-address=${host ?? ""}:${port}`;
  try {
    server.listen({ host, port });
    await once(server, "listening");
  } catch (cause) {
    throw new ExporterError("LISTEN_FAILED", { where, want: "a free address of this host", got: String(cause), cause });
  }
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : port;
}

/** Ends with the first SIGTERM or SIGINT. */
function untilSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve(signal));
  });
}

async function close(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(timer);
}

/** Loads the configuration again; a bad one is logged, whoever asked. */
function createReload(exporter: Exporter, log: Logger): () => Promise<void> {
  return async () => {
    try {
      await exporter.reload();
    } catch (error) {
      log.error({ err: error }, "the configuration was not loaded: the one before stays in force");
      throw error;
    }
  };
}

interface ServerOptions {
  readonly version: string;
  readonly log: Logger;
  readonly reload: () => Promise<void>;
}

/** What reads the web configuration file takes eight megabytes, which an exporter without one does without. */
async function createServer(
  invocation: Invocation,
  exporter: Exporter,
  { version, log, reload }: ServerOptions,
): Promise<WebServer> {
  const app = createApp({
    telemetryPath: invocation.telemetryPath,
    exposition: createExposition({ runtimeMetrics: invocation.runtimeMetrics }),
    collect: () => exporter.collect(),
    isReady: () => exporter.status() !== undefined,
    look: createLandingLook(exporter, version),
    reload: invocation.lifecycleEnabled ? reload : undefined,
    onScrapeError: (code, error) => {
      increment(exporter.counters.scrapeErrors, code);
      log.error({ err: error }, "a scrape was answered with 503");
    },
  });
  const handle: RequestListener = (request, response) => void app(request, response);
  if (invocation.webConfigFile === undefined) return { server: createHttpServer(handle), secure: false };
  const { createWebServer } = await import("../http/web-config/server.ts");
  return createWebServer(handle, {
    path: invocation.webConfigFile,
    onError: (error) => log.error({ err: error }, "a request was refused"),
  });
}

/**
 * @returns after a signal, when all requests have been answered
 * @throws ExporterError
 */
export async function serve(
  invocation: Invocation,
  exporter: Exporter,
  options: { readonly version: string; readonly log: Logger },
): Promise<void> {
  const { log } = options;
  const signal = untilSignal();
  const reload = createReload(exporter, log);
  const { server, secure } = await createServer(invocation, exporter, { ...options, reload });
  process.on("SIGHUP", () => void reload().catch(() => undefined));
  const port = await listen(server, invocation.listenAddress);
  try {
    await exporter.start();
    const { host = "localhost" } = invocation.listenAddress;
    const authority = `${host.includes(":") ? `[${host}]` : host}:${port}`;
    log.info({ url: `${secure ? "https" : "http"}://${authority}${invocation.telemetryPath}` }, "serving");
    log.info({ signal: await signal }, "ending");
  } finally {
    await close(server);
    exporter.stop();
  }
}
