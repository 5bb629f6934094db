/** Runs the BPF programs on messages of the process connector, as the kernel would. */

import { expect, test } from "@jest/globals";
import { PROC_EVENT_EXEC, PROC_EVENT_FORK } from "../../src/connector/constants.ts";
import { createEventFilter, createProgramFilter } from "../../src/connector/filter.ts";
import { runFilter } from "../support/bpf.ts";
import { whats, writeProcessEvent } from "../support/connector-writer.ts";

const passed = (what: number): string[] =>
  Object.entries(whats)
    .filter(([, kind]) => runFilter(createEventFilter(what), writeProcessEvent(kind, [1, 2, 3, 4])) > 0)
    .map(([name]) => name);

test("the filter for a kind of event lets that kind and answers through", () => {
  expect(passed(PROC_EVENT_FORK)).toEqual(["NONE", "FORK"]);
  expect(passed(PROC_EVENT_EXEC)).toEqual(["NONE", "EXEC"]);
});

test("a message that the filter lets through is kept whole", () => {
  const event = writeProcessEvent(whats.FORK, [1, 1, 2, 2]);
  expect(runFilter(createEventFilter(PROC_EVENT_FORK), event)).toBe(event.length);
});

test("a datagram that is too short for an event is dropped", () => {
  expect(runFilter(createEventFilter(PROC_EVENT_FORK), new Uint8Array(39))).toBe(0);
});

test("the filter for programs lets execs, forks of processes and answers through, but no forks of threads", () => {
  const isPassed = (what: number, ids: readonly number[]): boolean => {
    const event = writeProcessEvent(what, ids);
    const kept = runFilter(createProgramFilter(), event);
    expect([0, event.length]).toContain(kept);
    return kept > 0;
  };
  expect(isPassed(whats.EXEC, [7, 8])).toBe(true);
  expect(isPassed(whats.NONE, [0])).toBe(true);
  expect(isPassed(whats.FORK, [1, 1, 200_000, 200_000])).toBe(true);
  expect(isPassed(whats.FORK, [200_000, 200_000, 200_001, 200_000])).toBe(false);
  for (const what of [whats.UID, whats.COMM, whats.EXIT]) expect(isPassed(what, [5, 5, 5, 5])).toBe(false);
  expect(runFilter(createProgramFilter(), new Uint8Array(39))).toBe(0);
});
