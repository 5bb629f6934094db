/** Serves the page until SIGTERM or SIGINT. */

import { createServer as createHttpServer, type RequestListener, type Server } from "node:http";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { ErrorCode } from "../base/errors.ts";
import type { Invocation } from "../cli.ts";
import { increment } from "../collect/counters.ts";
import { createExposition } from "../exposition/exposition.ts";
import type { Exporter } from "../exporter.ts";
import { createLive, type Live } from "./live.ts";
import { untilSignal } from "./until-signal.ts";
import { createApp, healthPaths } from "../http/app.ts";
import { limitConnections, limitRequests, serverOptions } from "../http/limits.ts";
import { listenAtAll, resolvePlaces, systemdPlaces, type Listening, type Place } from "../http/listen.ts";
import { readAssets } from "../http/pages/assets.ts";
import type { Rejection } from "../http/rejection.ts";
import type { Log } from "../log.ts";
import type { ServiceManager } from "../systemd/notify.ts";

/**
 * How long open requests may continue after a signal, and after them a running collection, in milliseconds. Together they stay
 * below five seconds.
 */
const graceMs = 3000;
const collectionGraceMs = 1000;

interface ServeOptions {
  readonly version: string;
  /** Sums up messages that repeat with every request. */
  readonly log: Log;
  /** Writes every message, also repeated ones: the operator waits for the result of each reload. */
  readonly plainLog: Log;
  readonly serviceManager: ServiceManager;
}

/**
 * Closes a server: first idle connections, and all others after `graceMs`. A connection without a finished TLS handshake is
 * not closed here; it ends with the process.
 */
async function close(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeIdleConnections();
  const ended = new AbortController();
  const graceOver = delay(graceMs, undefined, { signal: ended.signal }).catch(() => undefined);
  await Promise.race([closed, graceOver]);
  ended.abort();
  server.closeAllConnections();
}

/** Creates the reload of the configuration, which logs success and failure. @returns a function that says in a sentence what it did */
export function createReload(
  { configFile }: Pick<Invocation, "configFile">,
  exporter: Pick<Exporter, "reload">,
  log: Log,
): () => Promise<string> {
  const nothing = "there is no configuration to load again: --config.file was not given";
  const done = configFile === undefined ? nothing : "the configuration was loaded again";
  const fields = configFile === undefined ? {} : { file: configFile };
  return async () => {
    try {
      await exporter.reload();
      log.info(fields, done);
      return done;
    } catch (error) {
      log.error({ err: error }, "the configuration was not loaded: the one before stays in force");
      throw error;
    }
  };
}

/** Counts and logs failed scrapes. A scrape before the first page, or while the exporter stops, is not logged as an error. */
export function createScrapeErrorNote(
  { counters }: Pick<Exporter, "counters">,
  log: Log,
): (code: ErrorCode, error: unknown) => void {
  return (code, error) => {
    increment(counters.scrapeErrors, code);
    if (code === "NOT_READY") log.debug({ err: error }, "a scrape came before the first page, or after the last");
    else log.error({ err: error }, "a scrape was answered with 503");
  };
}

interface ServerOptions extends Pick<ServeOptions, "log"> {
  readonly reload: () => Promise<string>;
  readonly live: Live;
}

interface ServerFactory {
  /** Creates a server. All servers share their pages. */
  readonly create: () => Server;
  /** Whether the servers speak TLS. */
  readonly secure: boolean;
}

/** @throws ExporterError WEB_CONFIG */
async function createServers(
  invocation: Invocation,
  exporter: Exporter,
  { log, reload, live }: ServerOptions,
): Promise<ServerFactory> {
  const onRejected = (reason: Rejection): void => increment(exporter.counters.requestsRejected, reason);
  const exposition = createExposition(invocation);
  const app = createApp({
    telemetryPath: invocation.telemetryPath,
    exposition,
    collect: (first) => exporter.collect(first),
    isReady: () => exporter.status() !== undefined,
    look: live.look,
    countSeries: () => exposition.seriesCount,
    assets: readAssets(),
    reload: invocation.lifecycleEnabled ? reload : undefined,
    maxRequests: invocation.maxRequests,
    zeroFirst: invocation.zeroFirst,
    onRejected,
    onScrapeError: createScrapeErrorNote(exporter, log),
  });
  const handle: RequestListener = (request, response) => void app(request, response);
  const path = invocation.webConfigFile;
  const limited = (server: Server): Server => {
    limitConnections(server, onRejected);
    return server;
  };
  if (path === undefined) {
    const create = (): Server => limited(createHttpServer(serverOptions, limitRequests(handle, onRejected)));
    return { create, secure: false };
  }
  // Loaded only with --web.config.file: it takes 8 MB.
  const { createWebServers } = await import("../http/web-config/server.ts");
  const onError = (error: unknown): void => log.error({ err: error }, "a request was refused");
  const publicPaths = new Set(invocation.healthIsPublic ? healthPaths : []);
  const { create, secure } = createWebServers(handle, { path, onError, onRejected, publicPaths });
  const first = create();
  let spare: Server | undefined = first;
  const createNext = (): Server => {
    const server = spare ?? create();
    spare = undefined;
    return limited(server);
  };
  return { create: createNext, secure };
}

/** @throws ExporterError LISTEN_FAILED */
async function findPlaces({ systemdSocket, listenAddresses }: Invocation): Promise<readonly Place[]> {
  if (systemdSocket) return systemdPlaces(process.env, process.pid);
  const places = await Promise.all(listenAddresses.map(({ host, port }) => resolvePlaces(host, port)));
  return places.flat();
}

/** Logs a line for each address that was bound, with the real port. */
function logAddresses(
  listening: readonly Listening<Server>[],
  { secure, path }: { secure: boolean; path: string },
  log: Log,
) {
  const scheme = secure ? "https" : "http";
  for (const { address, authority } of listening) {
    const url = authority === undefined ? `${scheme}+unix:${address}` : `${scheme}://${authority}${path}`;
    log.info({ address, url }, "serving");
  }
}

/** Waits for the start, calls `onStarted`, and waits for the signal, which may also come during the start. */
async function serveUntil(
  signal: Promise<string>,
  start: Promise<void>,
  onStarted: () => Promise<void> | void,
): Promise<string> {
  const early = await Promise.race([signal, start]);
  if (early !== undefined) return early;
  await onStarted();
  return signal;
}

/**
 * Returns after a signal, when all requests have been answered or cut off.
 *
 * @throws ExporterError
 */
export async function serve(invocation: Invocation, exporter: Exporter, options: ServeOptions): Promise<void> {
  const { version, log, plainLog, serviceManager } = options;
  // A scrape reports the same failure, and louder.
  const live = createLive(exporter, { version, onError: (err) => log.debug({ err }, "the groups were not sampled") });
  const signal = untilSignal();
  const loadAgain = createReload(invocation, exporter, plainLog);
  const reload = (): Promise<string> => serviceManager.reload(loadAgain);
  const { create, secure } = await createServers(invocation, exporter, { log, reload, live });
  process.on("SIGHUP", () => void reload().catch(() => undefined));
  const places = await Promise.race([findPlaces(invocation), signal]);
  if (typeof places === "string") return;
  // Connections to systemd's sockets wait in the kernel's queue until the first page exists, so a restart refuses no client.
  let listening = invocation.systemdSocket ? [] : await listenAtAll(places, create);
  try {
    const onStarted = async (): Promise<void> => {
      if (invocation.systemdSocket) listening = await listenAtAll(places, create);
      logAddresses(listening, { secure, path: invocation.telemetryPath }, plainLog);
      void live.start();
      serviceManager.ready(`serving on ${listening.map(({ address }) => address).join(", ")}`);
    };
    const received = await serveUntil(signal, exporter.start(), onStarted);
    serviceManager.stopping();
    plainLog.info({ signal: received }, "ending");
  } finally {
    live.stop();
    await Promise.all(listening.map(({ server }) => close(server)));
    await exporter.end(collectionGraceMs);
  }
}
