/** A web server under test, and requests to it, each over a connection of its own. */
import { once } from "node:events";
import { request as plainRequest } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import { request as tlsRequest } from "node:https";
import type { RequestOptions } from "node:https";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

import type { ExporterError } from "../../../src/base/errors.ts";
import { createWebServers } from "../../../src/http/web-config/server.ts";

export interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface RunningServer {
  readonly secure: boolean;
  readonly port: number;
  /** Where onError was called, and with what. */
  readonly errors: ExporterError[];
  /** How many requests came through to the handler. */
  handled(): number;
  /** Asks for a page. `auth` is `user:password`; rejects where the connection is refused. */
  get(options?: RequestOptions): Promise<Answer>;
  close(): Promise<void>;
}

/** Starts a server under the configuration file at `path`, whose handler says `hello`. */
export async function startServer(
  path: string | undefined,
  publicPaths: readonly string[] = [],
): Promise<RunningServer> {
  const errors: ExporterError[] = [];
  let handled = 0;
  const { create, secure } = createWebServers(
    (_request, response) => {
      handled++;
      response.end("hello");
    },
    { path, onError: (error) => errors.push(error), publicPaths: new Set(publicPaths) },
  );
  const server = create();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    secure,
    port,
    errors,
    handled: () => handled,
    get: (options) => ask(secure, { ...options, host: "127.0.0.1", port, agent: false }),
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

async function ask(secure: boolean, options: RequestOptions): Promise<Answer> {
  const request = secure ? tlsRequest(options) : plainRequest(options);
  request.end();
  return new Promise((resolve, reject) => {
    request.on("error", reject);
    request.on("response", (response) => {
      const { statusCode: status, headers } = response;
      text(response).then((body) => resolve({ status, headers, body }), reject);
    });
  });
}
