/** What is read from files beside the polls, and when. */

import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createFileReadings } from "../../src/collect/file-readings.ts";
import { createCollectParts, type CollectParts } from "../support/collect-parts.ts";

let parts: CollectParts;
beforeEach(async () => {
  parts = await createCollectParts();
  parts.kernel.fork({ comm: "web" });
  await parts.discover();
});
afterEach(() => {
  parts.close();
});

function create(...collectors: readonly ("memory" | "states")[]) {
  const { tracker, proc, kernel, yieldToEventLoop } = parts;
  const stateCollectors = new Set(collectors);
  return createFileReadings({ tracker, proc, yieldToEventLoop, stateCollectors, clock: kernel.clock });
}

test("states are read for pages, and not in the background", async () => {
  const readings = create("memory");
  await readings.start();
  await readings.updateInBackground();
  expect(readings.states.oldestSeconds).toBeUndefined();
  await readings.update();
  expect(readings.states.oldestSeconds).toBe(0);
  expect(readings.states.sum()?.of(parts.account("web")).memory?.resident).toBe(2 ** 20);
});

test("nothing of processes is read where nothing is collected", async () => {
  const readings = create();
  await readings.update();
  expect([readings.states.sum(), readings.states.oldestSeconds]).toEqual([undefined, undefined]);
});
