/**
 * What stands before the program's own handler under a web configuration file: rate limit, headers and passwords, in the order
 * that exporter-toolkit has them. Refusals look like those of Go's http.Error, as other exporters give them.
 */
import { STATUS_CODES } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";

import type { ExporterError } from "../../base/errors.ts";
import type { Rejection } from "../rejection.ts";
import { createAuthenticator } from "./basic-auth.ts";
import { createRateLimiter } from "./rate-limit.ts";
import { NotDone } from "./waiting-room.ts";
import { webConfigError } from "./file.ts";
import type { WebConfigFile } from "./file.ts";
import type { WebConfig } from "./config.ts";

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

export interface WebGuardOptions {
  /** Told why a request was answered with 500. */
  readonly onError: (error: ExporterError) => void;
  readonly onRejected: (reason: Rejection) => void;
  /** Paths that everybody may ask for, as often as they like. */
  readonly publicPaths: ReadonlySet<string>;
}

/**
 * Wraps `handler` in the rules of `file`, which is read at each request; while it is bad, requests get 500 and `onError` the
 * reason. The rate limit is that of the start, because a new bucket would be a full one.
 *
 * @throws ExporterError WEB_CONFIG if the file is bad now
 */
export function createWebGuard(handler: RequestHandler, file: WebConfigFile, options: WebGuardOptions): RequestHandler {
  const { onError, onRejected, publicPaths } = options;
  const { rateLimit } = file.read();
  const allow = rateLimit === undefined ? () => true : createRateLimiter(rateLimit, () => performance.now());
  const authenticator = createAuthenticator();

  /** The status to refuse with, or `undefined` to let the request through. */
  async function judge(
    { users }: WebConfig,
    request: IncomingMessage,
    signal: AbortSignal,
  ): Promise<number | undefined> {
    if (users.size === 0) return undefined;
    const { headers, socket } = request;
    try {
      const asker = { address: socket.remoteAddress ?? "", signal, isSeen: () => !socket.isPaused() };
      return (await authenticator.admits(users, headers.authorization, asker)) ? undefined : 401;
    } catch (error) {
      if (!(error instanceof NotDone)) throw error;
      if (error.reason === "too many") onRejected("passwords");
      return 503;
    }
  }

  return (request, response) => {
    const fail = (cause: unknown): void => {
      onError(webConfigError(cause, file.path));
      refuse(response, 500);
    };
    if (publicPaths.has((request.url ?? "").replace(/\?.*$/s, ""))) {
      handler(request, response);
      return;
    }
    let config: WebConfig;
    try {
      config = file.read();
    } catch (error) {
      fail(error);
      return;
    }
    if (!allow()) {
      refuse(response, 429);
      return;
    }
    for (const [name, value] of config.headers) response.setHeader(name, value);
    const controller = new AbortController();
    response.once("close", () => controller.abort());
    void judge(config, request, controller.signal).then((status) => {
      if (response.destroyed) return;
      if (status === undefined) handler(request, response);
      else refuse(response, status);
    }, fail);
  };
}

function refuse(response: ServerResponse, status: number): void {
  response.statusCode = status;
  response.setHeader("Content-Type", "text/plain; charset=utf-8");
  response.setHeader("X-Content-Type-Options", "nosniff");
  if (status === 503) {
    response.setHeader("Retry-After", "1");
    // Whatever else waits on it is not looked at.
    response.setHeader("Connection", "close");
  }
  if (status === 401) response.setHeader("WWW-Authenticate", "Basic");
  response.end(`${STATUS_CODES[status] ?? ""}\n`);
}
