/**
 * Requests of one connection, one at a time. Node hands over all requests that a client has sent, however many there are; here
 * the next one is handled when the answer to the one before has been handed to the kernel, and none of a client that has left.
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** Requests that may wait on all connections together: each takes about five kilobytes. */
const mostWaiting = 4096;

/** From so many on, a connection is not read any further. */
const pausesAt = 16;

interface Connection {
  busy: boolean;
  /** Begin to handle the requests that wait. */
  readonly waiting: (() => void)[];
}

/**
 * Wraps `handle`, so that it is called for the next request of a connection when the response before has ended.
 *
 * @param onOverflow told of each connection that was closed because too many requests waited
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
    // The end of the response before has set the socket reading again.
    if (connection.waiting.length >= pausesAt) request.socket.pause();
    handle(request, response);
  }

  return (request, response) => {
    const { socket } = request;
    // What is parsed of a connection that was closed meanwhile.
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
