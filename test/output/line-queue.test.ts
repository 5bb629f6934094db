/** Lines for a reader of any speed: all in order, or refused with a word, and never more memory than is allowed. */

import { expect, test } from "@jest/globals";
import { createLineQueue, type LineQueueOptions } from "../../src/output/line-queue.ts";
import type { Sink } from "../../src/output/line-writer.ts";

/** Lets microtasks run, and what was deferred to the next turn of the event loop. */
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** A reader that takes a piece when it is told to, or refuses it. */
function createReader() {
  const taken: string[] = [];
  let answer: Parameters<Sink>[1] | undefined;
  const sink: Sink = (text, done) => {
    taken.push(text);
    answer = done;
  };
  async function read(error?: Error): Promise<void> {
    await turn();
    answer?.(error === undefined, error);
    await turn();
  }
  return { sink, taken, read };
}

function setUp(options: Partial<LineQueueOptions> = {}) {
  const reader = createReader();
  const events: string[] = [];
  const queue = createLineQueue(reader.sink, {
    onRoom: () => events.push("room"),
    onFailed: ({ message }) => events.push(message),
    ...options,
  });
  return { ...reader, queue, events };
}

test("lines of one turn go to the sink together and in order, those of later turns when the sink is free again", async () => {
  const { queue, taken, read } = setUp();
  expect([queue.write("1\n"), queue.write("2\n")]).toEqual([true, true]);
  expect(taken).toEqual([]);
  await turn();
  queue.write("3\n");
  queue.write("4\n");
  await turn();
  expect(taken).toEqual(["1\n2\n"]);
  await read();
  expect(taken).toEqual(["1\n2\n", "3\n4\n"]);
});

test("what is given to the sink at once is bounded", async () => {
  const { queue, taken, read } = setUp();
  const line = `${"x".repeat(999)}\n`;
  for (let count = 0; count < 200; count++) queue.write(line);
  for (let count = 0; count < 5; count++) await read();
  expect(taken.map(({ length }) => length)).toEqual([66_000, 66_000, 66_000, 2000]);
});

test("a line that finds no room is refused, and all after it until half of the room is free, which is told once", async () => {
  const { queue, taken, read, events } = setUp({ mostWaiting: 10 });
  expect([queue.write("12345\n"), queue.write("123\n")]).toEqual([true, true]);
  expect([queue.write("1\n"), queue.write("\n")]).toEqual([false, false]);
  await read();
  expect(events).toEqual(["room"]);
  expect([queue.write("1\n"), queue.write("2\n")]).toEqual([true, true]);
  await read();
  expect([taken, events]).toEqual([["12345\n123\n", "1\n2\n"], ["room"]]);
});

test("what is in the sink counts as waiting, and room is told only when half of it is free", async () => {
  const { queue, read, events } = setUp({ mostWaiting: 100_000 });
  const line = `${"x".repeat(999)}\n`;
  for (let count = 0; count < 100; count++) queue.write(line);
  expect(queue.write("1\n")).toBe(false);
  await turn();
  expect([queue.write("1\n"), events]).toEqual([false, []]);
  await read();
  expect([queue.write("1\n"), events]).toEqual([true, ["room"]]);
});

test("what is written when room is told comes in the place of what was refused", async () => {
  const reader = createReader();
  const queue = createLineQueue(reader.sink, {
    onRoom: () => queue.write("mark\n"),
    onFailed: () => undefined,
    mostWaiting: 10,
  });
  for (const line of ["12345678\n", "refused\n"]) queue.write(line);
  await reader.read();
  queue.write("next\n");
  await reader.read();
  await reader.read();
  expect(reader.taken.join("")).toBe("12345678\nmark\nnext\n");
});

test("a sink that fails is told once, with the reason, and all lines are refused from then on", async () => {
  const { queue, taken, read, events } = setUp();
  queue.write("1\n");
  await read(new Error("EPIPE"));
  expect([queue.write("2\n"), events]).toEqual([false, ["EPIPE"]]);
  await turn();
  expect(taken).toEqual(["1\n"]);
});

test("flush waits until the last line is written, and says that none is left", async () => {
  const { queue, taken, read } = setUp();
  expect(await queue.flush(0)).toBe(0);
  queue.write("1\n");
  await turn();
  queue.write("2\n");
  const flushed = queue.flush(60_000);
  await read();
  await read();
  expect([await flushed, taken]).toEqual([0, ["1\n", "2\n"]]);
});

test("flush says after its time how many lines are not written", async () => {
  const { queue } = setUp();
  queue.write("1\n");
  await turn();
  for (const line of ["2\n", "3\n"]) queue.write(line);
  expect(await queue.flush(1)).toBe(3);
});

test("flush does not wait for a sink that has failed", async () => {
  const { queue, read } = setUp();
  queue.write("1\n");
  const flushed = queue.flush(60_000);
  await read(new Error("EPIPE"));
  expect(await flushed).toBe(0);
});

test("a sink that answers at once gets all lines", async () => {
  const taken: string[] = [];
  const queue = createLineQueue(
    (text, done) => {
      taken.push(text);
      done(true);
    },
    { onRoom: () => undefined, onFailed: () => undefined },
  );
  for (let line = 0; line < 3; line++) {
    queue.write(`${line}\n`);
    await turn();
  }
  expect(taken).toEqual(["0\n", "1\n", "2\n"]);
});
