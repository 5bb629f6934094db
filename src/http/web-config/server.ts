/**
 * The server that `--web.config.file` describes. The file decides at the start whether TLS is on; its other parts take effect as
 * they change: users and headers at the next request, certificates and rules for clients at the next connection.
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
  /** The web configuration file; `undefined` or blank for none. */
  readonly path: string | undefined;
  /** Told of each request or connection that was refused because the file, or a certificate, has become bad. */
  readonly onError: (error: ExporterError) => void;
  /** Told of each request or connection that was refused because it takes too much. */
  readonly onRejected?: (reason: Rejection) => void;
  /** Paths that are answered without a password, and beyond the rate limit. */
  readonly publicPaths?: ReadonlySet<string>;
}

/** Servers of the same pages: passwords that one has accepted the others know, and a rate limit is that of all. */
export interface WebServers {
  /** One more, that does not listen yet. @throws ExporterError WEB_CONFIG */
  readonly create: () => Server | TlsServer;
  /** Whether they speak TLS. */
  readonly secure: boolean;
}

/**
 * Prepares HTTP(S) servers of `handler` under the rules of the web configuration file; plain HTTP without one.
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
  // Passwords too are compared for one request of a connection at a time.
  const guarded = createWebGuard(handler, file, { onError, onRejected, publicPaths });
  if (file.read().tls === undefined) return createPlain(guarded);
  return { create: () => createTlsServer(limited(guarded), file, onError), secure: true };
}
