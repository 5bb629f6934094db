/** Events taken off a socket: how many at a time, and what is counted as lost through failures of the socket and of the handler. */

import { expect, test } from "@jest/globals";
import { ExporterError } from "../../../src/base/errors.ts";
import { createListener, nextBusyMs } from "../../../src/collect/exits/listener.ts";
import type { EventClient } from "../../../src/taskstats/client.ts";
import { until } from "../../support/until.ts";

/** A listener on a socket without events, whose next read fails once. */
function createSituation(failure: Error, isReplaced: boolean) {
  const state = { drops: 3, lost: 0, recovered: false, failure: failure as Error | undefined };
  const client: EventClient = {
    receiveBufferBytes: 4096,
    register: () => 0,
    reopen: () => isReplaced,
    receive: () => {
      const { failure: next } = state;
      state.failure = undefined;
      if (next !== undefined) throw next;
      return 0;
    },
    waitReadable: () => new Promise((resolve) => setImmediate(resolve, true)),
    readDrops: () => state.drops,
    close: () => undefined,
  };
  const listener = createListener({
    client,
    onBegin: () => undefined,
    onDrained: () => Promise.resolve(),
    handle: () => undefined,
    onLost: (count) => (state.lost += count),
    onBroken: () => (state.drops = isReplaced ? 2 : 10),
    onRecovered: () => (state.recovered = true),
    isUrgent: () => false,
    yieldToEventLoop: () => Promise.resolve(),
  });
  return { state, listener };
}

/** A listener on a socket that gives so many events with each read, as if events came without end. */
function createStorm(eventsPerRead: number, receiveBufferBytes: number) {
  const state = { taken: 0, yields: 0 };
  const client: EventClient = {
    receiveBufferBytes,
    register: () => 0,
    reopen: () => false,
    receive: () => {
      state.taken += eventsPerRead;
      return eventsPerRead;
    },
    waitReadable: () => Promise.resolve(true),
    readDrops: () => 0,
    close: () => undefined,
  };
  const listener = createListener({
    client,
    onBegin: () => undefined,
    onDrained: () => Promise.resolve(),
    handle: () => undefined,
    onLost: () => undefined,
    onBroken: () => undefined,
    onRecovered: () => undefined,
    isUrgent: () => false,
    yieldToEventLoop() {
      state.yields++;
      return Promise.resolve();
    },
  });
  return { state, listener };
}

test("a drain ends when it has taken as many events as the buffer holds, though more come", () => {
  const { state, listener } = createStorm(64, 1024 * 6400);
  listener.drain();
  expect([state.taken, state.yields]).toEqual([6400, 0]);
});

test("a drain in slices yields after each slice of 2,048 events, and ends likewise", async () => {
  const { state, listener } = createStorm(64, 1024 * 6144);
  await listener.drainInSlices();
  expect([state.taken, state.yields]).toEqual([6144, 3]);
});

const refused = (got: string): Error =>
  new ExporterError("SOCKET_FAILED", { where: "recvmmsg(netlink)", want: "datagrams", got });

test.each([
  ["the same socket goes on counting from before", refused("ENOMEM"), false, 7],
  ["an error of the handler changes nothing of the count", new Error("ours"), false, 7],
  ["another socket begins to count at 0", refused("EBADF"), true, 2],
])(
  "events that the kernel drops until the recovery are counted as lost: %s",
  async (_title, failure, isReplaced, lost) => {
    const { state, listener } = createSituation(failure, isReplaced);
    listener.start();
    await until(() => state.recovered);
    listener.drain();
    listener.stop();
    expect(state.lost).toBe(lost);
  },
);

/** Runs a listener in the background on a socket that holds so many events once. @returns what it did until it waited twice */
async function followBackground(events: number, receiveBufferBytes: number): Promise<string[]> {
  const steps: string[] = [];
  let left = events;
  const client: EventClient = {
    receiveBufferBytes,
    register: () => 0,
    reopen: () => false,
    receive: () => {
      const received = left;
      left = 0;
      return received;
    },
    waitReadable: () => {
      steps.push("wait");
      return new Promise((resolve) => setImmediate(resolve, true));
    },
    readDrops: () => 0,
    close: () => undefined,
  };
  const listener = createListener({
    client,
    onBegin: () => undefined,
    onDrained: () => {
      steps.push("drained");
      return Promise.resolve();
    },
    handle: () => undefined,
    onLost: () => undefined,
    onBroken: () => undefined,
    onRecovered: () => undefined,
    isUrgent: () => false,
    yieldToEventLoop: () => Promise.resolve(),
  });
  listener.start();
  await until(() => steps.filter((step) => step === "wait").length === 2);
  listener.stop();
  return steps;
}

test.each([
  ["few events came", 63, 2 ** 24, ["wait", "drained", "wait"]],
  [
    "many events came, it drains again without a wait for the first one",
    64,
    2 ** 24,
    ["wait", "drained", "drained", "wait"],
  ],
  ["so many came that the next ones may fill a small buffer", 65, 2 ** 20, ["wait", "drained", "wait"]],
])("after a drain where %s", async (_title, events, receiveBufferBytes, steps) => {
  expect(await followBackground(events, receiveBufferBytes)).toEqual(steps);
});

/** The waits from one drain to the next, for so many events each time. A wait for the first event is 20 ms from then on. */
function followWaits(events: readonly number[], urgent = false): number[] {
  const waits = [20];
  for (const taken of events) waits.push(nextBusyMs(waits.at(-1) ?? 0, { taken, capacity: 65_536, urgent }) ?? 20);
  return waits;
}

test.each([
  [
    "twice as long each time while many events come, up to 240 ms",
    [64, 100, 100, 100, 100],
    [20, 40, 80, 160, 240, 240],
  ],
  ["so long that a sixteenth of the buffer fills at the most", [2048, 2048, 4096, 2048], [20, 40, 80, 80, 160]],
  ["shortly again after few events, and after too many", [100, 63, 100, 4097, 100], [20, 40, 20, 40, 20, 40]],
])("events collect %s", (_title, events, waits) => {
  expect(followWaits(events)).toEqual(waits);
});

test("events collect for 60 ms at the most where they are urgent", () => {
  expect(followWaits([100, 100, 100], true)).toEqual([20, 40, 60, 60]);
});
