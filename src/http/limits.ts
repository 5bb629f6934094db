/** What clients may take of the server: time, connections, and bytes of headers and bodies. */

import type { IncomingMessage, Server, ServerOptions, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { serveInTurn, type RequestHandler } from "./pipeline.ts";
import type { Rejection } from "./rejection.ts";

/** From so many connections on, the one that has been without a request for longest gives way to a new one. */
const manyConnections = 256;

/** Where none is without a request, no more than these are taken. */
const mostConnections = 384;

/** No request needs a body. */
const mostBodyBytes = 65_536;

/** For the constructor of a server. A connection stays longer than Prometheus keeps one that it does not use, five minutes. */
export const serverOptions: ServerOptions = {
  keepAliveTimeout: 330_000,
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  connectionsCheckingInterval: 2000,
  maxHeaderSize: 16_384,
};

/** A connection on which nothing moves for so long in the middle of an answer is closed. */
const inactiveMs = 60_000;

interface Connection {
  readonly socket: Socket;
  /** Requests that have not been answered. */
  open: number;
  /** Whether there ever was a request. */
  used: boolean;
}

/** Equal for a connection and for what encrypts it. */
const keyOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress ?? ""} ${remotePort ?? ""}`;

/** Lets connections without a request give way, so that health checks get one whoever holds how many. */
function boundConnections(server: Server): void {
  /** In the order of their last request. */
  const connections = new Map<string, Connection>();

  const isIdle = ({ open }: Connection): boolean => open === 0;
  const isUnused = (connection: Connection): boolean => isIdle(connection) && !connection.used;

  /** Those without any request go first: the others are kept by clients that will use them again. */
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

/** Wraps a handler: one request of a connection at a time, and none with a body that nobody needs. */
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

/** Limits the connections of a server that does not listen yet. */
export function limitConnections(server: Server, onRejected: (reason: Rejection) => void): void {
  server.setTimeout(inactiveMs);
  server.maxConnections = mostConnections;
  server.on("drop", () => onRejected("connections"));
  boundConnections(server);
}
