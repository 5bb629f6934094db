/** The states of tracked processes on a fake kernel: read after polls, of zombies too. */

import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createStates } from "../../../src/collect/states/states.ts";
import { stateCollectors, type StateCollector } from "../../../src/fields/state-metrics.ts";
import { createCollectParts, type CollectParts } from "../../support/collect-parts.ts";

let parts: CollectParts;
beforeEach(async () => {
  parts = await createCollectParts();
});
afterEach(() => {
  parts.close();
});

function createParts(collectors: readonly StateCollector[] = stateCollectors) {
  const { tracker, proc, kernel, yieldToEventLoop } = parts;
  return createStates({ ...{ tracker, proc, yieldToEventLoop, clock: kernel.clock }, collectors: new Set(collectors) });
}

function start(comm: string) {
  return parts.kernel.fork({ comm });
}

const figuresOf = (states: ReturnType<typeof createStates>, groupname: string) =>
  states.sum()?.of(parts.account(groupname));

test("a process has its threads, memory and the age of its reading on the page", async () => {
  start("web");
  await parts.discover();
  await parts.poller.poll();
  const states = createParts();
  await states.update();
  expect(figuresOf(states, "web")).toMatchObject({
    threads: { sleeping: 1, zombie: 0 },
    memory: { resident: 2 ** 20, virtual: 2 ** 23, swap: 2 ** 14 },
  });
  parts.kernel.advance(3_000_000);
  expect(states.oldestSeconds).toBeCloseTo(3, 6);
});

test("a process that cannot be read any more keeps its last reading until its exit event comes", async () => {
  const { tgid } = start("web");
  await parts.discover();
  await parts.poller.poll();
  const states = createParts();
  await states.update();
  parts.fakeProc.remove(String(tgid));
  await states.update();
  expect(figuresOf(states, "web")).toMatchObject({ memory: { resident: 2 ** 20 } });
});

test("nothing is read, and no group has figures, where nothing is collected", async () => {
  start("web");
  await parts.discover();
  const states = createParts([]);
  await states.update();
  expect([states.sum(), states.oldestSeconds]).toEqual([undefined, undefined]);
});

test("a zombie is in the group that it was in when it lived, until its parent has waited for it", async () => {
  const { tgid } = start("job");
  await parts.discover();
  await parts.poller.poll();
  const process = parts.tracker.processes.get(tgid);
  parts.kernel.endProcess(tgid, { reap: false });
  if (process !== undefined) parts.tracker.remove(process);
  await parts.discover();
  const states = createParts();
  await states.update();
  expect(figuresOf(states, "job")?.threads).toMatchObject({ zombie: 1, sleeping: 0 });
  parts.kernel.reap(tgid);
  await states.update();
  expect(figuresOf(states, "job")?.threads).toMatchObject({ zombie: 0 });
  await parts.discover();
  expect(parts.tracker.zombies.size).toBe(0);
});

test("a zombie that nobody saw alive is in the group of its command name", async () => {
  start("job");
  const { tgid } = start("job");
  parts.kernel.endProcess(tgid, { reap: false });
  await parts.discover();
  await parts.poller.poll();
  const states = createParts();
  await states.update();
  expect(figuresOf(states, "job")?.threads).toMatchObject({ zombie: 1, sleeping: 1 });
  // The rules have changed: the group is found anew.
  parts.tracker.forgetAssignments();
  expect(parts.tracker.zombies.size).toBe(0);
  await parts.discover();
  expect(parts.tracker.zombies.size).toBe(1);
});
