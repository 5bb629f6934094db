import { expect, test } from "@jest/globals";
import { EventEmitter } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { serveInTurn } from "../../src/http/pipeline.ts";

/** A handler that answers when the test calls `answer`, and connections as Node shows them. */
function createSituation() {
  const handled: string[] = [];
  const responses: EventEmitter[] = [];
  let overflows = 0;
  const serve = serveInTurn(
    ({ url = "" }, response) => {
      handled.push(url);
      responses.push(response);
    },
    () => overflows++,
  );
  const connect = () => {
    const socket = Object.assign(new EventEmitter(), {
      destroyed: false,
      paused: 0,
      pause: () => {
        socket.paused++;
      },
      destroy: () => {
        socket.destroyed = true;
        socket.emit("close");
      },
    });
    const ask = (url: string): void =>
      serve({ url, socket } as unknown as IncomingMessage, new EventEmitter() as unknown as ServerResponse);
    return { socket, ask };
  };
  return { handled, connect, answer: () => void responses.shift()?.emit("close"), overflows: () => overflows };
}

test("the next request of a connection is handled when the response before has ended", () => {
  const { handled, connect, answer } = createSituation();
  const { ask } = connect();
  for (const url of ["/1", "/2", "/3"]) ask(url);
  expect(handled).toEqual(["/1"]);
  answer();
  expect(handled).toEqual(["/1", "/2"]);
});

test("a request of another connection does not wait", () => {
  const { handled, connect } = createSituation();
  for (const url of ["/1", "/2"]) connect().ask(url);
  expect(handled).toEqual(["/1", "/2"]);
});

test("no waiting request of a closed connection is handled", () => {
  const { handled, connect, answer } = createSituation();
  const { ask, socket } = connect();
  for (const url of ["/1", "/2", "/3"]) ask(url);
  socket.destroy();
  answer();
  ask("/4");
  expect(handled).toEqual(["/1"]);
});

test("a connection is not read any further once sixteen requests wait", () => {
  const { connect } = createSituation();
  const { ask, socket } = connect();
  for (let count = 0; count < 16; count++) ask("/");
  expect(socket.paused).toBe(0);
  ask("/");
  expect(socket.paused).toBe(1);
});

test("beyond 4,096 waiting requests a connection is closed and reported, and a closed connection makes room", () => {
  const { connect, overflows } = createSituation();
  const many = connect();
  for (let count = 0; count < 4097; count++) many.ask("/");
  const other = connect();
  other.ask("/served");
  other.ask("/too many");
  expect([other.socket.destroyed, overflows()]).toEqual([true, 1]);
  many.socket.destroy();
  const third = connect();
  third.ask("/served");
  third.ask("/waits");
  expect([third.socket.destroyed, overflows()]).toEqual([false, 1]);
});
