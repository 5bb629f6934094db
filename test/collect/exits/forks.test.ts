/** Fork events followed: which tasks are known, and for how long. */

import { expect, test } from "@jest/globals";
import { createCounters } from "../../../src/collect/counters.ts";
import { createForks } from "../../../src/collect/exits/forks.ts";
import type { ProcessEventClient } from "../../../src/connector/client.ts";
import type { ProcessEvent } from "../../../src/connector/decode.ts";
import { createProcReader, type ProcReader } from "../../../src/procfs/read.ts";

interface Machine {
  readonly client: ProcessEventClient;
  readonly proc: ProcReader;
  /** How often all tasks were listed. */
  readonly listings: number;
  fork(tid: number, tgid: number): void;
  lose(tid: number, tgid: number): void;
  /** @param tgid its process where it is not its leader */
  reap(tid: number, tgid?: number): void;
}

/** Tasks, and a queue of fork events that holds all of them. */
function createMachine(): Machine {
  const live = new Map<number, Set<number>>();
  let queue: ProcessEvent[] = [];
  let drops = 0;
  let listings = 0;
  const client: ProcessEventClient = {
    receiveBufferBytes: 2 ** 30,
    listen: () => undefined,
    receive(visit) {
      const taken = queue;
      queue = [];
      taken.forEach(visit);
      return taken.length;
    },
    waitBlocking: () => false,
    waitReadable: () => Promise.resolve(queue.length > 0),
    readDrops: () => drops,
    close: () => undefined,
  };
  const proc: ProcReader = {
    ...createProcReader("/nonexistent"),
    listProcessesNow() {
      listings++;
      return [...live.keys()];
    },
    listThreads: (tgid) => [...(live.get(tgid) ?? [])],
  };
  const start = (tid: number, tgid: number): void => {
    live.set(tgid, (live.get(tgid) ?? new Set()).add(tid));
  };
  return {
    client,
    proc,
    get listings() {
      return listings;
    },
    fork(tid, tgid) {
      start(tid, tgid);
      queue.push({ kind: "fork", pid: tid, tgid, parentTgid: 0, atUs: 0, errno: 0 });
    },
    lose(tid, tgid) {
      start(tid, tgid);
      drops++;
    },
    reap(tid, tgid = tid) {
      live.get(tgid)?.delete(tid);
    },
  };
}

function setUp() {
  const machine = createMachine();
  const counters = createCounters();
  const forks = createForks({ client: machine.client, proc: machine.proc, counters });
  /** The owner of a task whose record is handled at once. */
  const ownerOf = (tid: number): number | undefined => {
    forks.refresh();
    return forks.ownerOf(tid);
  };
  return { machine, counters, forks: { ...forks, ownerOf } };
}

/** More tasks than the table holds before it is searched. */
const many = 10_001;

test("many tasks whose exit records never come are forgotten", () => {
  const { machine, forks } = setUp();
  for (let tid = 1; tid <= many; tid++) machine.fork(tid, tid);
  for (let tid = 1; tid <= many; tid++) machine.reap(tid);
  forks.settle();
  // Their records may be in the queue of exit events until the next call.
  expect(forks.ownerOf(1)).toBe(1);
  forks.settle();
  expect([forks.ownerOf(1), forks.ownerOf(many)]).toEqual([undefined, undefined]);
});

test("many threads whose exit records never come are forgotten, but not their process and its live threads", () => {
  const { machine, forks } = setUp();
  machine.fork(1, 1);
  for (let tid = 2; tid <= many + 1; tid++) machine.fork(tid, 1);
  for (let tid = 2; tid <= many; tid++) machine.reap(tid, 1);
  forks.settle();
  forks.settle();
  expect([forks.ownerOf(1), forks.ownerOf(2), forks.ownerOf(many + 1)]).toEqual([1, undefined, 1]);
  expect(forks.hasThreads(1)).toBe(true);
});

test("a task that starts between the search and the forgetting is kept, though it has the id of an exited one", () => {
  const { machine, forks } = setUp();
  for (let tid = 1; tid <= many; tid++) machine.fork(tid, tid);
  machine.reap(1);
  machine.reap(2);
  forks.settle();
  machine.fork(1, 3);
  forks.settle();
  expect([forks.ownerOf(1), forks.ownerOf(2)]).toEqual([3, undefined]);
});

test("/proc is listed once at the start, and not again while nothing is lost and few tasks are left over", () => {
  const { machine, forks } = setUp();
  for (let round = 0; round < 10; round++) {
    for (let tid = 1; tid < 5000; tid++) machine.fork(tid, tid);
    for (let tid = 1; tid < 5000; tid++) {
      forks.noteExit(forks.ownerOf(tid) ?? 0);
      machine.reap(tid);
    }
    forks.settle();
  }
  expect(machine.listings).toBe(1);
});

test("many live tasks make /proc be listed once more, and not again and again", () => {
  const { machine, forks } = setUp();
  for (let tid = 1; tid <= many; tid++) machine.fork(tid, tid);
  for (let round = 0; round < 10; round++) forks.settle();
  expect(machine.listings).toBe(2);
});

test("lost events are counted once, and processes of one thread are forgotten that /proc does not show", () => {
  const { machine, counters, forks } = setUp();
  machine.fork(1, 1);
  machine.fork(2, 2);
  machine.fork(3, 2);
  expect(forks.ownerOf(1)).toBe(1);
  machine.reap(3, 2);
  for (const tid of [1, 2]) machine.reap(tid);
  machine.lose(4, 1);
  machine.fork(5, 5);
  // It stays true that 3 was a thread of 2. It is doubtful that 1 had no other thread.
  expect([1, 2, 3, 4, 5].map(forks.ownerOf)).toEqual([undefined, 2, 2, 1, 5]);
  expect(counters.forks).toEqual({ lost: 1, unattributed: 1 });
});
