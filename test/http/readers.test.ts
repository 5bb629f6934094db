import { expect, test } from "@jest/globals";
import { EventEmitter } from "node:events";
import type { ServerResponse } from "node:http";
import { setImmediate as nextTurn } from "node:timers/promises";
import { createBody, type Body } from "../../src/http/body.ts";
import { createReaders, type ReadersOptions } from "../../src/http/readers.ts";

/** A response whose client takes a slice when the test calls `take`. */
function createClient() {
  const state = { written: 0, ended: false };
  const response = Object.assign(new EventEmitter(), {
    closed: false,
    destroyed: false,
    writableFinished: false,
    write: (slice: Uint8Array) => {
      state.written += slice.length;
      return false;
    },
    end: () => {
      state.ended = true;
    },
    destroy: () => {
      Object.assign(response, { closed: true, destroyed: true });
      response.emit("close");
    },
  });
  return {
    response: response as unknown as ServerResponse,
    state,
    isCut: () => response.destroyed,
    take: async () => {
      response.emit("drain");
      await nextTurn();
      await nextTurn();
    },
    finish: () => void response.emit("finish"),
  };
}

const page = (kilobytes: number): Body => createBody([Buffer.alloc(kilobytes * 1024)]);

const hour = 3_600_000;

function createSituation(options: Partial<ReadersOptions> = {}) {
  let cut = 0;
  const limits = { stallMs: hour, totalMs: hour, patienceMs: 0, mostBytes: 2 ** 20 };
  return { readers: createReaders({ ...limits, ...options, onCut: () => cut++ }), cut: () => cut };
}

test("a page is sent in slices of 64 KiB, each after the client has taken the one before", async () => {
  const { readers } = createSituation();
  const client = createClient();
  const sent = readers.send(client.response, page(150));
  expect(client.state.written).toBe(65_536);
  await client.take();
  expect(client.state.written).toBe(131_072);
  await client.take();
  await client.take();
  expect(client.state).toEqual({ written: 153_600, ended: true });
  client.finish();
  expect(await sent).toBe(true);
});

test("small parts of a page are sent together, and a large part as it is", async () => {
  const { readers } = createSituation();
  const client = createClient();
  const slices: Uint8Array[] = [];
  client.response.write = (slice: Uint8Array) => {
    slices.push(slice);
    return true;
  };
  const large = Buffer.alloc(65_536, "l");
  const parts = [
    Buffer.from("one "),
    Buffer.from("two"),
    large,
    Buffer.from("three"),
    Buffer.alloc(65_530, "x"),
    Buffer.from("four"),
  ];
  const sent = readers.send(client.response, createBody(parts));
  while (!client.state.ended) await nextTurn();
  client.finish();
  await sent;
  expect(Buffer.concat(slices)).toEqual(Buffer.concat(parts));
  expect(slices.map(({ length }) => length)).toEqual([7, 65_536, 65_535, 4]);
  expect(slices[1]?.buffer).toBe(large.buffer);
});

test("the event loop turns between the slices of a client that takes each at once", async () => {
  const { readers } = createSituation();
  const client = createClient();
  const turns: number[] = [];
  const state = { turn: 0, sent: false };
  client.response.write = () => {
    turns.push(state.turn);
    process.nextTick(() => client.response.emit("drain"));
    return false;
  };
  client.response.end = () => {
    process.nextTick(() => client.response.emit("finish"));
    return client.response;
  };
  const sent = readers.send(client.response, page(640)).finally(() => (state.sent = true));
  while (!state.sent) {
    await nextTurn();
    state.turn++;
  }
  expect(await sent).toBe(true);
  expect(new Set(turns).size).toBe(10);
});

test("a client that leaves after the last slice ends the wait, and is not reported as cut off", async () => {
  const { readers, cut } = createSituation();
  const client = createClient();
  client.response.write = () => {
    setImmediate(() => client.response.destroy());
    return true;
  };
  expect(await readers.send(client.response, page(10))).toBe(false);
  expect(cut()).toBe(0);
});

test("a client that takes nothing for too long is cut off and reported", async () => {
  const { readers, cut } = createSituation({ stallMs: 1 });
  const client = createClient();
  expect(await readers.send(client.response, page(100))).toBe(false);
  expect([client.isCut(), cut()]).toEqual([true, 1]);
});

test("a client that does not take all of its page in time is cut off", async () => {
  const { readers, cut } = createSituation({ totalMs: 0 });
  const client = createClient();
  expect(await readers.send(client.response, page(100))).toBe(false);
  expect(cut()).toBe(1);
});

test("a client that leaves is not reported as cut off", async () => {
  const { readers, cut } = createSituation();
  const client = createClient();
  const sent = readers.send(client.response, page(100));
  client.response.destroy();
  expect(await sent).toBe(false);
  expect(cut()).toBe(0);
});

test("if pages take too much memory, the readers of the oldest page are cut off, and not those of the new one", async () => {
  const { readers, cut } = createSituation({ mostBytes: 250 * 1024 });
  const [old, middle, latest, sharing] = [createClient(), createClient(), createClient(), createClient()];
  const shared = page(100);
  const sent = [
    readers.send(old.response, page(100)),
    readers.send(middle.response, page(100)),
    readers.send(latest.response, shared),
    readers.send(sharing.response, shared),
  ];
  expect([old, middle, latest, sharing].map((client) => client.isCut())).toEqual([true, false, false, false]);
  expect(cut()).toBe(1);
  for (const client of [middle, latest, sharing]) client.response.destroy();
  await Promise.all(sent);
});

test("the reader that has taken nothing for longest is cut off for another, unless it took something a moment ago", async () => {
  const patient = createSituation({ patienceMs: hour });
  const client = createClient();
  const sent = patient.readers.send(client.response, page(100));
  expect(patient.readers.cutStalled()).toBe(false);
  client.response.destroy();
  await sent;
  const { readers } = createSituation();
  const [first, second] = [createClient(), createClient()];
  const both = [readers.send(first.response, page(100)), readers.send(second.response, page(100))];
  expect(readers.cutStalled()).toBe(true);
  expect([first.isCut(), second.isCut()]).toEqual([true, false]);
  second.response.destroy();
  await Promise.all(both);
  expect(readers.cutStalled()).toBe(false);
});
