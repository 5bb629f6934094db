/** Serves the page until a signal ends it. */

import { createServer as createHttpServer, type RequestListener, type Server } from "node:http";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { ErrorCode } from "../base/errors.ts";
import type { Invocation } from "../cli.ts";
import { increment } from "../collect/counters.ts";
import { createExposition } from "../exposition/exposition.ts";
import type { Exporter } from "../exporter.ts";
import { createLandingState } from "./landing-state.ts";
import { createApp, healthPaths } from "../http/app.ts";
import { limitConnections, limitRequests, serverOptions } from "../http/limits.ts";
import { listenAtAll, resolvePlaces, systemdPlaces, type Listening, type Place } from "../http/listen.ts";
import type { Rejection } from "../http/rejection.ts";
import type { Log } from "../log.ts";
import type { ServiceManager } from "../systemd/notify.ts";

/** How long open requests may go on after a signal, and then a collection, in milliseconds: together less than five seconds. */
const graceMs = 3000;
const collectionGraceMs = 1000;

interface ServeOptions {
  readonly version: string;
  /** For what may repeat with every request. */
  readonly log: Log;
  /** For what somebody waits for: the answer to each reload. */
  readonly plainLog: Log;
  readonly serviceManager: ServiceManager;
}

/** Settles with the first SIGTERM or SIGINT. */
function untilSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve(signal));
  });
}

/** What has not been closed by then, such as a connection that is to be encrypted and says nothing, ends with the process. */
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

/** Loads the configuration again; a bad one is logged, whoever asked. @returns what was done, in one sentence */
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

/** Counts and logs scrapes without a page. That there is none yet, or no more, is no error. */
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

interface ServerOptions extends ServeOptions {
  readonly reload: () => Promise<string>;
}

interface ServerFactory {
  /** One more server of the same pages. */
  readonly create: () => Server;
  readonly secure: boolean;
}

/** @throws ExporterError WEB_CONFIG */
async function createServers(
  invocation: Invocation,
  exporter: Exporter,
  { version, log, reload }: ServerOptions,
): Promise<ServerFactory> {
  const onRejected = (reason: Rejection): void => increment(exporter.counters.requestsRejected, reason);
  const app = createApp({
    telemetryPath: invocation.telemetryPath,
    exposition: createExposition({ runtimeMetrics: invocation.runtimeMetrics }),
    collect: (first) => exporter.collect(first),
    isReady: () => exporter.status() !== undefined,
    look: createLandingState(exporter, version),
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
  // Loaded only where it is needed: it costs 8 MB.
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

/** One line for each address, as it was really bound. */
function tellAddresses(
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

/** Starts to follow processes and serves, until `signal`. */
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
 * @returns after a signal, when all requests have been answered or cut off
 * @throws ExporterError
 */
export async function serve(invocation: Invocation, exporter: Exporter, options: ServeOptions): Promise<void> {
  const { plainLog, serviceManager } = options;
  const signal = untilSignal();
  const loadAgain = createReload(invocation, exporter, plainLog);
  const reload = (): Promise<string> => serviceManager.reload(loadAgain);
  const { create, secure } = await createServers(invocation, exporter, { ...options, reload });
  process.on("SIGHUP", () => void reload().catch(() => undefined));
  const places = await Promise.race([findPlaces(invocation), signal]);
  if (typeof places === "string") return;
  // Who connects to a socket of systemd's waits in its queue until there is a page: a restart refuses nobody.
  let listening = invocation.systemdSocket ? [] : await listenAtAll(places, create);
  try {
    const onStarted = async (): Promise<void> => {
      if (invocation.systemdSocket) listening = await listenAtAll(places, create);
      tellAddresses(listening, { secure, path: invocation.telemetryPath }, plainLog);
      serviceManager.ready(`serving on ${listening.map(({ address }) => address).join(", ")}`);
    };
    const received = await serveUntil(signal, exporter.start(), onStarted);
    serviceManager.stopping();
    plainLog.info({ signal: received }, "ending");
  } finally {
    await Promise.all(listening.map(({ server }) => close(server)));
    await exporter.end(collectionGraceMs);
  }
}
