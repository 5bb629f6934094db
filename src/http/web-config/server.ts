/**
 * Creates the servers that `--web.config.file` describes. The file decides at the start whether TLS is on. Later changes of the
 * file take effect without a restart: users and headers at the next request, certificates and client rules at the next connection.
 */
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { Server as TlsServer } from "node:https";

import type { ExporterError } from "../../base/errors.ts";
import { createTlsServer } from "./tls-server.ts";
import { createWebConfigFile } from "./file.ts";
import { createWebGuard } from "./guard.ts";
import { limitRequests, serverOptions } from "../limits.ts";
import type { Rejection } from "../rejection.ts";
import type { RequestHandler } from "./guard.ts";

export interface WebServerOptions {
  /** The web configuration file; `undefined` or empty for none. */
  readonly path: string | undefined;
  /** Called for each request or connection that is refused because the file or a certificate has become bad. */
  readonly onError: (error: ExporterError) => void;
  /** Called for each request or connection that is refused because of a limit. */
  readonly onRejected?: (reason: Rejection) => void;
  /** Paths without password and rate limit. */
  readonly publicPaths?: ReadonlySet<string>;
}

/** Servers of the same pages. They share the cache of accepted passwords, and the rate limit holds for all of them together. */
export interface WebServers {
  /** Creates a server that does not listen yet. @throws ExporterError WEB_CONFIG */
  readonly create: () => Server | TlsServer;
  /** Whether the servers speak TLS. */
  readonly secure: boolean;
}

/**
 * Prepares servers of `handler` under the rules of the web configuration file. Without a file they are plain HTTP servers.
 *
 * @throws ExporterError WEB_CONFIG
 */
export function createWebServers(handler: RequestHandler, options: WebServerOptions): WebServers {
  const { path, onError, onRejected = () => undefined, publicPaths = new Set() } = options;
  const limited = (handle: RequestHandler): RequestHandler => limitRequests(handle, onRejected);
  const createPlain = (handle: RequestHandler): WebServers => {
    return { create: () => createServer(serverOptions, limited(handle)), secure: false };
  };
  if (path === undefined || path === "") return createPlain(handler);
  const file = createWebConfigFile(path);
  // The guard is inside the limit, so that passwords are compared for one request of a connection at a time.
  const guarded = createWebGuard(handler, file, { onError, onRejected, publicPaths });
  if (file.read().tls === undefined) return createPlain(guarded);
  return { create: () => createTlsServer(limited(guarded), file, onError), secure: true };
}
