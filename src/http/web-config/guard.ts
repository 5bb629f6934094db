/**
 * Applies the web configuration file to each request before the program's own handler: rate limit, headers and passwords, in the
 * order of exporter-toolkit. A refusal looks like Go's http.Error, as from other exporters.
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
  /** Called with the reason when a request is answered with 500. */
  readonly onError: (error: ExporterError) => void;
  readonly onRejected: (reason: Rejection) => void;
  /** Paths without password and rate limit. */
  readonly publicPaths: ReadonlySet<string>;
}

/**
 * Wraps `handler` in the rules of `file`, which is read for each request. While the file is bad, requests are answered with 500,
 * and `onError` gets the reason. Only the rate limit is read once, at the start, because a new bucket would be full.
 *
 * @throws ExporterError WEB_CONFIG if the file is bad at the start
 */
export function createWebGuard(handler: RequestHandler, file: WebConfigFile, options: WebGuardOptions): RequestHandler {
  const { onError, onRejected, publicPaths } = options;
  const { rateLimit } = file.read();
  const allow = rateLimit === undefined ? () => true : createRateLimiter(rateLimit, () => performance.now());
  const authenticator = createAuthenticator();

  /** Returns the status of a refusal, or `undefined` to let the request through. */
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
    // Further requests that wait on this connection are not handled.
    response.setHeader("Connection", "close");
  }
  if (status === 401) response.setHeader("WWW-Authenticate", "Basic");
  response.end(`${STATUS_CODES[status] ?? ""}\n`);
}
