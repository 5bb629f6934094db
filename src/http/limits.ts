/** Limits what clients may take of the server: time, connections, and bytes of headers and bodies. */

import type { IncomingMessage, Server, ServerOptions, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { serveInTurn, type RequestHandler } from "./pipeline.ts";
import type { Rejection } from "./rejection.ts";

/** From this many connections on, a new connection closes the one that has been idle for longest. */
const manyConnections = 256;

/** If no connection is idle, new ones are refused beyond this number. */
const mostConnections = 384;

/** Longer bodies are refused. No request needs a body, but a small one does no harm. */
const mostBodyBytes = 65_536;

/**
 * Options for the constructor of a server. `keepAliveTimeout` is longer than the five minutes for which Prometheus keeps an
 * unused connection.
 */
export const serverOptions: ServerOptions = {
  keepAliveTimeout: 330_000,
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  connectionsCheckingInterval: 2000,
  maxHeaderSize: 16_384,
};

/** A connection is closed if no byte moves for this long, also in the middle of an answer. */
const inactiveMs = 60_000;

interface Connection {
  readonly socket: Socket;
  /** How many requests have not been answered yet. */
  open: number;
  /** Whether there ever was a request on it. */
  used: boolean;
}

/** The client's address and port. It is the same for a TCP socket and for the TLS socket on top of it. */
const keyOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress ?? ""} ${remotePort ?? ""}`;

/** Closes idle connections when there are many, so that a health check gets a connection however many a client holds. */
function boundConnections(server: Server): void {
  /** In the order of their last request. */
  const connections = new Map<string, Connection>();

  const isIdle = ({ open }: Connection): boolean => open === 0;
  const isUnused = (connection: Connection): boolean => isIdle(connection) && !connection.used;

  /** Closes a connection that never had a request; if there is none, an idle one, which its client may want to use again. */
  function makeRoom(): void {
    if (connections.size < manyConnections) return;
    const open = [...connections];
    const [key, connection] = open.find(([, one]) => isUnused(one)) ?? open.find(([, one]) => isIdle(one)) ?? [];
    if (key === undefined || connection === undefined) return;
    connections.delete(key);
    connection.socket.destroy();
  }

  server.prependListener("connection", (socket: Socket) => {
    makeRoom();
    const key = keyOf(socket);
    const connection = { socket, open: 0, used: false };
    connections.set(key, connection);
    socket.once("close", () => {
      if (connections.get(key) === connection) connections.delete(key);
    });
  });
  server.prependListener("request", ({ socket }: IncomingMessage, response: ServerResponse) => {
    const key = keyOf(socket);
    const connection = connections.get(key);
    if (connection === undefined) return;
    connections.delete(key);
    connections.set(key, connection);
    connection.open++;
    connection.used = true;
    response.once("close", () => connection.open--);
  });
}

const isTooLong = ({ headers }: IncomingMessage): boolean =>
  headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > mostBodyBytes;

function refuseBody(response: ServerResponse): void {
  response.statusCode = 413;
  response.setHeader("Connection", "close");
  response.setHeader("Content-Type", "text/plain; charset=utf-8");
  response.end("no request here needs a body\n", () => response.destroy());
}

/** Wraps a handler: it gets one request of a connection at a time, and none with a long body. */
export function limitRequests(handle: RequestHandler, onRejected: (reason: Rejection) => void): RequestHandler {
  const inTurn = serveInTurn(handle, () => onRejected("pipelined"));
  return (request, response) => {
    if (isTooLong(request)) {
      onRejected("body");
      refuseBody(response);
    } else {
      inTurn(request, response);
    }
  };
}

/** Limits the connections of a server. Call it before the server listens. */
export function limitConnections(server: Server, onRejected: (reason: Rejection) => void): void {
  server.setTimeout(inactiveMs);
  server.maxConnections = mostConnections;
  server.on("drop", () => onRejected("connections"));
  boundConnections(server);
}
