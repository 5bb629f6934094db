/**
 * Handles the requests of one connection one at a time. Node calls the handler for all pipelined requests at once, however many
 * a client has sent. Here each request waits until the response before it has ended, and requests of a client that has
 * disconnected are not handled.
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** How many requests may wait on all connections together. Each takes about 5 KB. */
const mostWaiting = 4096;

/** A connection with this many waiting requests is not read any further. */
const pausesAt = 16;

interface Connection {
  busy: boolean;
  /** For each waiting request, a function that handles it. */
  readonly waiting: (() => void)[];
}

/**
 * Wraps `handle`, so that it is called for the next request of a connection only when the previous response has ended.
 *
 * @param onOverflow called for each connection that is closed because too many requests wait
 */
export function serveInTurn(handle: RequestHandler, onOverflow: () => void): RequestHandler {
  const connections = new WeakMap<Socket, Connection>();
  let waiting = 0;

  function connectionOf(socket: Socket): Connection {
    const known = connections.get(socket);
    if (known !== undefined) return known;
    const connection: Connection = { busy: false, waiting: [] };
    connections.set(socket, connection);
    socket.once("close", () => {
      waiting -= connection.waiting.length;
      connection.waiting.length = 0;
    });
    return connection;
  }

  function serve(connection: Connection, request: IncomingMessage, response: ServerResponse): void {
    connection.busy = true;
    response.once("close", () => {
      connection.busy = false;
      const next = connection.waiting.shift();
      if (next === undefined) return;
      waiting--;
      next();
    });
    // Node resumes reading the socket when a response ends.
    if (connection.waiting.length >= pausesAt) request.socket.pause();
    handle(request, response);
  }

  return (request, response) => {
    const { socket } = request;
    // Node still parses what it had read of a connection that is closed by now.
    if (socket.destroyed) return;
    const connection = connectionOf(socket);
    if (!connection.busy) {
      serve(connection, request, response);
    } else if (waiting >= mostWaiting) {
      onOverflow();
      socket.destroy();
    } else {
      waiting++;
      connection.waiting.push(() => serve(connection, request, response));
      if (connection.waiting.length >= pausesAt) socket.pause();
    }
  };
}
