/** Whose state is read for a page. */

import { expect, test } from "@jest/globals";
import type { ProcessState } from "../../../src/collect/states/process-state.ts";
import {
  chooseReadings,
  leastPerPage,
  pagesPerRound,
  type StatefulProcess,
} from "../../../src/collect/states/reading-order.ts";

const wait = { tid: 1, startTicks: 1, switches: 1, sinceUs: 1 };

function stateful(tgid: number, state: Partial<ProcessState> | undefined, ran = 5): StatefulProcess {
  const read: ProcessState = {
    ...{ readUs: 0, runCount: 5, runTimeNs: 100, threads: undefined, leader: undefined },
    ...{ waits: [], memory: undefined, openFds: undefined, fdLimit: undefined },
    ...state,
  };
  return {
    ...{ tgid, threadCount: 1, leaderEnded: false, runCount: ran, runTimeNs: 100 },
    state: state === undefined ? undefined : read,
  };
}

const chosen = (...processes: readonly StatefulProcess[]): number[] =>
  chooseReadings(processes).map(({ tgid }) => tgid);

test("processes that ran, were never read or wait in state D come before those that did not run", () => {
  const [idle, ran, unread, stuck] = [
    stateful(1, { readUs: 1 }),
    stateful(2, { readUs: 9 }, 6),
    stateful(3, undefined),
    stateful(4, { readUs: 8, waits: [wait] }),
  ];
  expect(chosen(idle, ran, unread, stuck)).toEqual([3, 4, 2, 1]);
});

test("a process whose figures are not known yet counts as one that ran", () => {
  expect(chosen(stateful(1, {}), stateful(2, { runCount: NaN, readUs: 7 }, NaN))).toEqual([2, 1]);
});

test("of those that did not run, some are read for each page, the oldest readings first", () => {
  const idle = Array.from({ length: 3 * leastPerPage }, (_, index) => stateful(index, { readUs: -index }));
  const oldest = idle.slice(-leastPerPage).map(({ tgid }) => tgid);
  expect(chosen(...idle)).toEqual(oldest.reverse());
});

test("of very many that did not run, each is read within a fixed number of pages", () => {
  const idle = Array.from({ length: 100 * pagesPerRound }, (_, index) => stateful(index, {}));
  expect(chosen(...idle)).toHaveLength(100);
});

test("all that ran are read, however many they are", () => {
  const busy = Array.from({ length: 1000 }, (_, index) => stateful(index, {}, 6));
  expect(chosen(...busy)).toHaveLength(1000);
});
