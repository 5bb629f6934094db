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
import type { RequestHandler } from "./guard.ts";

export interface WebServerOptions {
  /** The web configuration file; `undefined` or blank for none. */
  readonly path: string | undefined;
  /** Told of each request or connection that was refused because the file, or a certificate, has become bad. */
  readonly onError: (error: ExporterError) => void;
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
export function createWebServer(handler: RequestHandler, { path, onError }: WebServerOptions): WebServer {
  if (path === undefined || path === "") return { server: createServer(handler), secure: false };
  const file = createWebConfigFile(path);
  const guarded = createWebGuard(handler, file, onError);
  if (file.read().tls === undefined) return { server: createServer(guarded), secure: false };
  return { server: createTlsServer(guarded, file, onError), secure: true };
}
