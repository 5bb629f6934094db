/**
 * What stands before the program's own handler under a web configuration file: rate limit, headers and passwords, in the order
 * that exporter-toolkit has them. Refusals look like those of Go's http.Error, as other exporters give them.
 */
import { STATUS_CODES } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";

import type { ExporterError } from "../../base/errors.ts";
import { createAuthenticator } from "./basic-auth.ts";
import { createRateLimiter } from "./rate-limit.ts";
import { webConfigError } from "./file.ts";
import type { WebConfigFile } from "./file.ts";
import type { WebConfig } from "./config.ts";

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Wraps `handler` in the rules of `file`, which is read at each request; while it is bad, requests get 500 and `onError` the
 * reason. The rate limit is that of the start, because a new bucket would be a full one.
 *
 * @throws ExporterError WEB_CONFIG if the file is bad now
 */
export function createWebGuard(
  handler: RequestHandler,
  file: WebConfigFile,
  onError: (error: ExporterError) => void,
): RequestHandler {
  const { rateLimit } = file.read();
  const allow = rateLimit === undefined ? () => true : createRateLimiter(rateLimit, () => performance.now());
  const authenticator = createAuthenticator();

  /** The status to refuse with, or `undefined` to let the request through. */
  async function judge(config: WebConfig, request: IncomingMessage): Promise<number | undefined> {
    if (config.users.size === 0) return undefined;
    return (await authenticator.admits(config.users, request.headers.authorization)) ? undefined : 401;
  }

  return (request, response) => {
    const fail = (cause: unknown): void => {
      onError(webConfigError(cause, file.path));
      refuse(response, 500);
    };
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
    void judge(config, request).then((status) => {
      if (status === undefined) handler(request, response);
      else refuse(response, status);
    }, fail);
  };
}

function refuse(response: ServerResponse, status: number): void {
  response.statusCode = status;
  response.setHeader("Content-Type", "text/plain; charset=utf-8");
  response.setHeader("X-Content-Type-Options", "nosniff");
  if (status === 401) response.setHeader("WWW-Authenticate", "Basic");
  response.end(`${STATUS_CODES[status] ?? ""}\n`);
}
