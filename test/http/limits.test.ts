import { describe, expect, test } from "@jest/globals";
import { EventEmitter } from "node:events";
import type { IncomingMessage, Server } from "node:http";
import { limitConnections, limitRequests } from "../../src/http/limits.ts";
import type { Rejection } from "../../src/http/rejection.ts";
import { createFakeResponse } from "../support/fake-response.ts";

/** A server and its connections as Node shows them. Each connection has a client port of its own. */
function createSituation() {
  const rejected: Rejection[] = [];
  const server = Object.assign(new EventEmitter(), { maxConnections: 0, setTimeout: () => server });
  limitConnections(server as unknown as Server, (reason) => rejected.push(reason));
  let lastPort = 0;
  function connect() {
    const remotePort = ++lastPort;
    const socket = Object.assign(new EventEmitter(), {
      ...{ remoteAddress: "192.0.2.1", remotePort, closed: false },
      destroy: () => {
        socket.closed = true;
        socket.emit("close");
      },
    });
    server.emit("connection", socket);
    /** Sends a request over TLS: Node then shows another socket with the same address. @returns what ends the response */
    const ask = (): (() => void) => {
      const response = new EventEmitter();
      server.emit("request", { socket: { remoteAddress: "192.0.2.1", remotePort } }, response);
      return () => void response.emit("close");
    };
    return { socket, ask };
  }
  const connectMany = (count: number) => Array.from({ length: count }, connect);
  return { server, rejected, connect, connectMany };
}

describe("the limit of connections", () => {
  test("closes the connection that has been open for longest without a request when a 257th comes", () => {
    const { connect, connectMany } = createSituation();
    const all = connectMany(256);
    expect(all.filter(({ socket }) => socket.closed)).toEqual([]);
    connect();
    connect();
    expect(all.map(({ socket }) => socket.closed).indexOf(false)).toBe(2);
    expect(all.filter(({ socket }) => socket.closed)).toHaveLength(2);
  });

  test("spares idle connections that have had a request while there are others", () => {
    const { connect, connectMany } = createSituation();
    const used = connect();
    used.ask()();
    const unused = connectMany(255);
    for (const { ask } of unused.slice(1)) ask();
    connect();
    expect([used.socket.closed, unused[0]?.socket.closed]).toEqual([false, true]);
    connect().ask();
    // The 256th connection above is without a request; it is closed before the one that has been used.
    expect(used.socket.closed).toBe(false);
    connect();
    expect(used.socket.closed).toBe(true);
  });

  test("of used connections closes the one whose last request is the oldest", () => {
    const { connect, connectMany } = createSituation();
    const all = connectMany(256);
    for (const { ask } of all) ask()();
    all[0]?.ask()();
    connect();
    expect([all[0]?.socket.closed, all[1]?.socket.closed]).toEqual([false, true]);
  });

  test("closes no connection on which a request is being answered", () => {
    const { connect, connectMany } = createSituation();
    const all = connectMany(256);
    const ends = all.map(({ ask }) => ask());
    connect().ask();
    expect(all.filter(({ socket }) => socket.closed)).toEqual([]);
    ends[7]?.();
    connect();
    expect(all.findIndex(({ socket }) => socket.closed)).toBe(7);
  });

  test("does not count connections that have been closed", () => {
    const { connectMany } = createSituation();
    for (const { socket } of connectMany(200)) socket.destroy();
    expect(connectMany(256).filter(({ socket }) => socket.closed)).toEqual([]);
  });

  test("lets Node refuse connections beyond 384, and reports each", () => {
    const { server, rejected } = createSituation();
    expect(server.maxConnections).toBe(384);
    server.emit("drop");
    expect(rejected).toEqual(["connections"]);
  });
});

describe("the limit of requests", () => {
  function createRequests() {
    const rejected: Rejection[] = [];
    const handled: IncomingMessage[] = [];
    const handle = limitRequests(
      (request) => handled.push(request),
      (reason) => rejected.push(reason),
    );
    function ask(headers: Readonly<Record<string, string>>, socket = new EventEmitter()) {
      const answer = createFakeResponse();
      handle({ headers, socket } as unknown as IncomingMessage, answer.response);
      return answer;
    }
    return { ask, rejected, handled };
  }

  test.each([{}, { "content-length": "0" }, { "content-length": "65536" }])("handles a request with %j", (headers) => {
    const { ask, handled, rejected } = createRequests();
    ask(headers);
    expect([handled.length, rejected]).toEqual([1, []]);
  });

  test.each([{ "content-length": "65537" }, { "transfer-encoding": "chunked" }])(
    "answers a request with %j with 413, and closes its connection",
    (headers) => {
      const { ask, handled, rejected } = createRequests();
      expect(ask(headers)).toMatchObject({ status: 413, destroyed: true, text: "no request here needs a body\n" });
      expect([handled, rejected]).toEqual([[], ["body"]]);
    },
  );

  test("handles one request of a connection at a time", () => {
    const { ask, handled } = createRequests();
    const socket = Object.assign(new EventEmitter(), { destroyed: false });
    ask({}, socket);
    ask({}, socket);
    expect(handled).toHaveLength(1);
  });

  test("reports a connection that is closed because too many requests wait", () => {
    const { ask, rejected } = createRequests();
    const socket = Object.assign(new EventEmitter(), {
      ...{ destroyed: false, pause: () => undefined },
      destroy: () => {
        socket.destroyed = true;
      },
    });
    for (let count = 0; count < 4098; count++) ask({}, socket);
    expect([socket.destroyed, rejected]).toEqual([true, ["pipelined"]]);
  });
});
