/** The memory, timers and sockets of a watch do not grow with failures, nor with pods that come and go. */

import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { createPodWatch, type PodWatch } from "../../src/kubernetes/watch.ts";
import type { ApiServer } from "../../src/kubernetes/api-server.ts";
import { createServerCredentials, startFakeApiServer, type ServerCredentials } from "../support/fake-api-server.ts";
import { createFakeTime } from "../support/fake-time.ts";
import { podOf } from "../support/pods.ts";
import { until } from "../support/until.ts";

let credentials: ServerCredentials;

beforeAll(() => {
  credentials = createServerCredentials();
});

/** Closes what a test has opened. A watch that is not stopped would go on for ever, since its pauses end at once. */
const opened: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

afterAll(() => credentials.directory.remove());

/** A watch whose pauses end at once. `timers` is the number of its timers that are set. */
function watchOf(api: ApiServer): { readonly watch: PodWatch; readonly timers: () => number } {
  const time = createFakeTime();
  const watch = createPodWatch({
    api,
    nodeName: "node-1",
    podLabels: { labels: new Map(), workload: false },
    onTrouble: () => undefined,
    onRecovered: () => undefined,
    clock: time.clock,
    timer(ms, action) {
      if (ms > 0) return time.timer(ms, action);
      const immediate = setImmediate(action);
      return () => clearImmediate(immediate);
    },
    random: () => 0,
  });
  opened.push(() => watch.stop());
  return { watch, timers: () => time.pending.length };
}

test("2,000 failures leave a count, and neither timers nor sockets behind", async () => {
  const server = await startFakeApiServer(credentials);
  await server.close();
  const { watch, timers } = watchOf(server.api);
  const resources = process.getActiveResourcesInfo().length;
  void watch.start();
  for (let count = 200; count <= 2000; count += 200) {
    await until(() => (watch.errors.get("unreachable") ?? 0) >= count);
    expect(timers()).toBeLessThanOrEqual(2);
    expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(resources + 10);
  }
  expect([...watch.errors.keys()]).toEqual(["unreachable"]);
  watch.stop();
  await until(() => timers() === 0);
});

test("100,000 events of pods that come and go leave the last 4,096 containers, and the pods that are there", async () => {
  const server = await startFakeApiServer(credentials);
  opened.push(() => server.close());
  const { watch, timers } = watchOf(server.api);
  await watch.start();
  await until(() => server.watches === 1);
  const lineOf = (type: string, count: number): string => {
    const pod = podOf({ uid: `u${count}`, name: `job-${count}`, containers: { [`c${count}`]: "main" } });
    return `${JSON.stringify({ type, object: pod })}\n`;
  };
  for (let count = 0; count < 50_000; count++) {
    server.send(lineOf("ADDED", count));
    if (count >= 50) server.send(lineOf("DELETED", count - 50));
    if (count % 1000 === 999) await until(() => watch.names.ofContainer(`c${count}`) !== undefined);
  }
  expect(watch.names.pods).toBe(50);
  const found = Array.from({ length: 50_000 }, (_, count) => watch.names.ofContainer(`c${count}`)).filter(Boolean);
  expect(found.length).toBe(50 + 4096);
  expect(watch.errors.size).toBe(0);
  // The two timers are the limits of the watch: its time, and its time without a byte.
  expect(timers()).toBe(2);
});
