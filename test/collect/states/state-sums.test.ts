/** The states of a group's processes, summed up. */

import { describe, expect, test } from "@jest/globals";
import { createAccount } from "../../../src/account/account.ts";
import { createThreadCounts, type ProcessState } from "../../../src/collect/states/process-state.ts";
import { createStateSums } from "../../../src/collect/states/state-sums.ts";
import { stateCollectors, type StateCollector } from "../../../src/fields/state-metrics.ts";
import { plan } from "../../support/page-figures.ts";

const account = createAccount(plan);

const stateOf = (state: Partial<ProcessState>): ProcessState => ({
  ...{ readUs: 0, runCount: 1, runTimeNs: 1, leader: undefined, waits: [], fdLimit: 100, openFds: 4 },
  threads: { ...createThreadCounts(), sleeping: 2 },
  memory: { resident: 10, virtual: 20, swap: 1 },
  ...state,
});

const since = (sinceUs: number) => ({ tid: 1, startTicks: 1, switches: 1, sinceUs });

function sum(states: readonly (ProcessState | undefined)[], collectors: readonly StateCollector[] = stateCollectors) {
  const sums = createStateSums(new Set(collectors), 10_000_000);
  for (const state of states) sums.add(account, state);
  return sums;
}

test("threads, memory and descriptors are added up", () => {
  expect(sum([stateOf({}), stateOf({})]).of(account)).toEqual({
    threads: { ...createThreadCounts(), sleeping: 4 },
    leaders: createThreadCounts(),
    uninterruptibleSeconds: 0,
    memory: { resident: 20, virtual: 40, swap: 2 },
    openFds: 8,
    worstFdRatio: 0.04,
  });
});

test("leaders are counted by state where their processes have other threads", () => {
  const states = [stateOf({ leader: "sleeping" }), stateOf({ leader: "zombie" }), stateOf({ leader: undefined })];
  expect(sum(states).of(account).leaders).toEqual({ ...createThreadCounts(), sleeping: 1, zombie: 1 });
});

test("the longest wait counts until now, and the process closest to its limit", () => {
  const states = [
    stateOf({ waits: [since(9_000_000), since(2_500_000)] }),
    stateOf({ waits: [since(4_000_000)], openFds: 90 }),
    stateOf({ openFds: 95, fdLimit: Infinity }),
  ];
  expect(sum(states).of(account)).toMatchObject({ uninterruptibleSeconds: 7.5, worstFdRatio: 0.9, openFds: 189 });
});

test("a limit of 0 gives no ratio, and a limit that is not known neither", () => {
  expect(sum([stateOf({ fdLimit: 0 }), stateOf({ fdLimit: undefined })]).of(account).worstFdRatio).toBe(0);
});

test("zombies are counted, in groups without a live process too", () => {
  const sums = sum([]);
  sums.addZombie(account);
  sums.addZombie(account);
  expect(sums.of(account).threads).toEqual({ ...createThreadCounts(), zombie: 2 });
});

describe("what is not known is absent", () => {
  test("the descriptors of a group, where those of one process may not be counted", () => {
    const figures = sum([stateOf({}), stateOf({ openFds: "denied" })]).of(account);
    expect(Object.keys(figures)).toEqual(["threads", "leaders", "uninterruptibleSeconds", "memory"]);
  });

  test("everything of a group of which no live process was read", () => {
    expect(sum([undefined]).of(account)).toEqual({});
  });

  test("nothing where some were read: the others are about to be, or about to be gone", () => {
    expect(sum([undefined, stateOf({})]).of(account)).toMatchObject({ openFds: 4 });
  });
});

test("a group without live processes has zeros", () => {
  expect(sum([]).of(account)).toMatchObject({ uninterruptibleSeconds: 0, openFds: 0, worstFdRatio: 0 });
});

test.each([
  { collector: "states", has: ["threads", "leaders", "uninterruptibleSeconds"] },
  { collector: "memory", has: ["memory"] },
  { collector: "fds", has: ["openFds", "worstFdRatio"] },
] as const)("$collector alone has $has", ({ collector, has }) => {
  expect(Object.keys(sum([stateOf({})], [collector]).of(account))).toEqual(has);
});
