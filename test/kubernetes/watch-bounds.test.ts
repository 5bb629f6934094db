/** What a watch keeps does not grow with what goes wrong, nor with the pods that come and go. */

import { afterAll, beforeAll, expect, test } from "@jest/globals";
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

afterAll(() => credentials.directory.remove());

/** A watch whose pauses end at once; `timers` is how many of its timers are set. */
function watchOf(api: ApiServer): { readonly watch: PodWatch; readonly timers: () => number } {
  const time = createFakeTime();
  const watch = createPodWatch({
    api,
    nodeName: "node-1",
    podLabels: new Map(),
    onTrouble: () => undefined,
    onMended: () => undefined,
    clock: time.clock,
    timer(ms, action) {
      if (ms > 0) return time.timer(ms, action);
      const immediate = setImmediate(action);
      return () => clearImmediate(immediate);
    },
    random: () => 0,
  });
  return { watch, timers: () => time.pending.length };
}

test("10,000 failures leave a count, and neither timers nor sockets behind", async () => {
  const server = await startFakeApiServer(credentials);
  await server.close();
  const { watch, timers } = watchOf(server.api);
  const resources = process.getActiveResourcesInfo().length;
  void watch.start();
  for (let count = 1000; count <= 10_000; count += 1000) {
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
  expect(timers()).toBe(1);
  watch.stop();
  await server.close();
});
