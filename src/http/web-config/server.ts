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
}

export interface WebServer {
  /** Not listening yet. */
  readonly server: Server | TlsServer;
  /** Whether it speaks TLS. */
  readonly secure: boolean;
}

/**
 * Creates the HTTP(S) server of `handler` under the rules of the web configuration file; plain HTTP without one.
 *
 * @throws ExporterError WEB_CONFIG
 */
export function createWebServer(handler: RequestHandler, options: WebServerOptions): WebServer {
  const { path, onError, onRejected = () => undefined } = options;
  const createPlain = (handle: RequestHandler): WebServer => {
    return { server: createServer(serverOptions, limitRequests(handle, onRejected)), secure: false };
  };
  if (path === undefined || path === "") return createPlain(handler);
  const file = createWebConfigFile(path);
  // Passwords too are compared for one request of a connection at a time.
  const guarded = createWebGuard(handler, file, onError);
  if (file.read().tls === undefined) return createPlain(guarded);
  const limited = limitRequests(guarded, onRejected);
  return { server: createTlsServer(limited, file, onError), secure: true };
}
