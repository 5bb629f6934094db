/** Exit events from the socket on: taken in the background or at once, lost, and recovered. */

import { afterEach, describe, expect, test } from "@jest/globals";
import { createExitEvents, type ExitEvents } from "../../../src/collect/exits/exit-events.ts";
import { createCollectParts, type CollectParts, type CollectPartsOptions } from "../../support/collect-parts.ts";
import { createFakeWatcher } from "../../support/fake-watcher.ts";
import { until } from "../../support/until.ts";

let parts: CollectParts;
let exitEvents: ExitEvents;
afterEach(() => {
  exitEvents.stop();
  parts.close();
});

async function setUp(options: CollectPartsOptions & { readonly disabled?: boolean } = {}) {
  parts = await createCollectParts(options);
  const calls: string[] = [];
  const told: string[] = [];
  exitEvents = createExitEvents({
    ...parts,
    client: options.disabled === true ? undefined : parts.events,
    clock: parts.kernel.clock,
    kernelThreads: false,
    forks: undefined,
    onLoss: () => calls.push("loss"),
    onWatcherLate: () => calls.push("late"),
    onLost: (count) => told.push(`${count} lost`),
    onInterrupted: (error) => told.push(`interrupted: ${String(error)}`),
    onResumed: () => told.push("resumed"),
    onError: (error) => calls.push(String(error)),
  });
  return { ...parts, calls, told };
}

/** A process of which nobody knew, and that has exited. */
const runShortly = (comm: string): void => parts.kernel.endProcess(parts.kernel.fork({ comm }).tgid);
const state = (): readonly boolean[] => [exitEvents.up, exitEvents.incomplete];

describe("exit events that arrive", () => {
  test("are billed at once when they are drained, and nothing is missing", async () => {
    const { counters, calls } = await setUp();
    runShortly("job");
    runShortly("job");
    exitEvents.drain();
    expect([parts.account("job").exits.get(0), counters.exitEvents]).toEqual([2, 2]);
    expect([state(), calls]).toEqual([[true, false], []]);
  });

  test("are billed when they are drained in slices", async () => {
    await setUp();
    for (let count = 0; count < 100; count++) runShortly("job");
    await exitEvents.drainInSlices();
    expect(parts.account("job").exits.get(0)).toBe(100);
  });

  test("are billed in the background after the start, and deferred exits decided on", async () => {
    const watcher = createFakeWatcher();
    await setUp({ watcher, rules: [{ name: "web", cmdline: ["--web"] }] });
    exitEvents.start();
    const { tgid } = parts.kernel.fork({ comm: "prog" });
    parts.kernel.exec(tgid, { comm: "prog" });
    watcher.seeLate({ tgid, comm: "prog", argv: ["prog", "--web"] }, 1);
    parts.kernel.endProcess(tgid);
    await until(() => parts.account("web").exits.get(0) === 1);
  });
});

test("events that the kernel drops are counted and reported, and the figures stay incomplete", async () => {
  const { kernel, counters, calls, told } = await setUp();
  kernel.faults.pass = (datagram, kind) => (kind === "event" ? undefined : datagram);
  for (let count = 0; count < 3; count++) runShortly("lost");
  kernel.faults.pass = (datagram) => datagram;
  runShortly("job");
  exitEvents.drain();
  expect([counters.exitEventsLost, counters.exitEvents, calls]).toEqual([3, 1, ["loss"]]);
  expect(told).toEqual(["3 lost"]);
  exitEvents.drain();
  expect([calls, state()]).toEqual([["loss"], [true, true]]);
});

test("a failure of the socket is reported, and events count again after the recovery, with a loss reported", async () => {
  const { eventSocket, calls, told } = await setUp();
  exitEvents.start();
  eventSocket.failNext("ENOMEM");
  runShortly("job");
  await until(() => !exitEvents.up);
  expect(state()).toEqual([false, true]);
  expect(calls).toEqual([expect.stringMatching(/SOCKET_FAILED.*ENOMEM/)]);
  await until(() => exitEvents.up);
  expect(calls.slice(1)).toEqual(["loss"]);
  expect(told).toEqual([expect.stringMatching(/^interrupted: .*ENOMEM/), "resumed"]);
  await until(() => parts.counters.exitEvents === 1);
  expect([parts.account("job").exits.get(0), exitEvents.incomplete]).toEqual([1, true]);
});

test("without a client no events arrive, and a process is closed by whoever finds that it has exited", async () => {
  const { kernel, tracker, counters } = await setUp({ disabled: true });
  const { tgid } = kernel.fork({ comm: "job" });
  await parts.discover();
  exitEvents.start();
  exitEvents.drain();
  await exitEvents.drainInSlices();
  expect(state()).toEqual([false, true]);
  const process = tracker.processes.get(tgid);
  if (process !== undefined) exitEvents.closeUnreported(process);
  expect([counters.vanished, tracker.processes.has(tgid)]).toEqual([1, false]);
});

test("an exec watcher without priority is reported once, when it has missed a program", async () => {
  const watcher = createFakeWatcher();
  watcher.prompt = false;
  const { kernel, calls } = await setUp({ watcher, rules: [{ name: "web", cmdline: ["--web"] }] });
  await exitEvents.settle();
  expect(calls).toEqual([]);
  for (let count = 0; count < 2; count++) {
    const { tgid } = kernel.fork({ comm: "prog" });
    kernel.exec(tgid, { comm: "prog" });
    kernel.endProcess(tgid);
    exitEvents.drain();
    await exitEvents.settle();
  }
  await exitEvents.settle();
  expect(calls).toEqual(["late"]);
});
