import { expect, test } from "@jest/globals";
import { backlogLimit, createWatchMemory, openBacklog } from "../../src/execs/backlog.ts";
import { createPulse, viewPulse } from "../../src/procfs/pulse.ts";

test("a successor finds in the memory the processes that have not been reported", () => {
  const memory = createWatchMemory();
  const backlog = openBacklog(memory);
  backlog.note([1, 2]);
  backlog.note([3]);
  expect(openBacklog(memory).list()).toEqual([1, 2, 3]);
  backlog.clear();
  backlog.note([4]);
  expect(openBacklog(memory).list()).toEqual([4]);
});

test("a full backlog keeps what it has, and drops the rest", () => {
  const backlog = openBacklog(createWatchMemory());
  const many = Array.from({ length: backlogLimit - 1 }, (_value, index) => index + 1);
  backlog.note(many);
  backlog.note([5000, 6000]);
  expect(backlog.list()).toEqual([...many, 5000]);
});

test("a backlog and a pulse in the same memory do not change each other", () => {
  const memory = createWatchMemory();
  const backlog = openBacklog(memory);
  backlog.note([7]);
  backlog.cautious = true;
  createPulse(memory).around(42, () => undefined);
  expect([backlog.list(), backlog.cautious, viewPulse(memory).reads, viewPulse(memory).reading]).toEqual([
    [7],
    true,
    1,
    undefined,
  ]);
});
