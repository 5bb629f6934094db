/** What is counted as lost, through failures of the socket and of what handles events. */

import { expect, test } from "@jest/globals";
import { ExporterError } from "../../../src/base/errors.ts";
import { createListener } from "../../../src/collect/exits/listener.ts";
import type { EventClient } from "../../../src/taskstats/client.ts";
import { until } from "../../support/until.ts";

/** A listener on a socket without events, whose next read fails once. */
function createSituation(failure: Error, isReplaced: boolean) {
  const state = { drops: 3, lost: 0, recovered: false, failure: failure as Error | undefined };
  const client: EventClient = {
    receiveBufferBytes: 4096,
    register: () => 0,
    mend: () => isReplaced,
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
    yieldToEventLoop: () => Promise.resolve(),
  });
  return { state, listener };
}

const refused = (got: string): Error =>
  new ExporterError("SOCKET_FAILED", { where: "recvmmsg(netlink)", want: "datagrams", got });

test.each([
  ["the same socket counts on from what was counted before", refused("ENOMEM"), false, 7],
  ["an error of ours takes nothing from the count either", new Error("ours"), false, 7],
  ["another socket counts from 0", refused("EBADF"), true, 2],
])("what the kernel drops until events are taken again is lost: %s", async (_title, failure, isReplaced, lost) => {
  const { state, listener } = createSituation(failure, isReplaced);
  listener.start();
  await until(() => state.recovered);
  listener.drain();
  listener.stop();
  expect(state.lost).toBe(lost);
});
