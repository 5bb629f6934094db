/** Reading the state of one process: threads by state, waits that go on, memory and descriptors. */

import { describe, expect, test } from "@jest/globals";
import {
  createProcessStateReader,
  type ProcessState,
  type ReadProcess,
} from "../../../src/collect/states/process-state.ts";
import { stateCollectors, type StateCollector } from "../../../src/fields/state-metrics.ts";
import type { StateReader } from "../../../src/procfs/state-reader.ts";
import type { TaskStatus } from "../../../src/procfs/status.ts";
import { runningStat } from "../../support/task-stat.ts";

const tgid = 7;
const one: ReadProcess = { tgid, threadCount: 1, leaderEnded: false, runCount: 5, runTimeNs: 100 };
const memoryKb = new Map([
  ["VmRSS", 3],
  ["VmSize", 8],
  ["VmSwap", 1],
]);

const status = (state: string, switches = 0): TaskStatus => ({ state, switches, memoryKb });

/** Threads by id, as /proc shows them; a test changes them. */
function setUp(threads: Map<number, TaskStatus>, collectors: readonly StateCollector[] = stateCollectors) {
  const starts = new Map<number, number>();
  const listed: number[] = [];
  const reader: StateReader = {
    readStatus: (_, tid) => threads.get(tid),
    countDescriptors: (_, tid) => 10 + tid,
    readDescriptorLimit: () => 1024,
  };
  const proc = {
    listThreads(id: number) {
      listed.push(id);
      return [...threads.keys()];
    },
    readThreadStat: (_: number, tid: number) => ({ ...runningStat, startTicks: starts.get(tid) ?? 1 }),
  };
  const { read } = createProcessStateReader({ proc, reader, collectors: new Set(collectors) });
  return { read, starts, listed };
}

const states = (state: ProcessState | undefined): object =>
  Object.fromEntries(Object.entries(state?.threads ?? {}).filter(([, count]) => count > 0));

describe("threads", () => {
  test("are counted by state, under the words of the metric", () => {
    const threads = new Map(
      ["R", "S", "D", "T", "t", "Z", "X", "I"].map((letter, index) => [tgid + index, status(letter)]),
    );
    const { read } = setUp(threads);
    expect(states(read({ ...one, threadCount: 8 }, undefined, 0))).toEqual({
      ...{ running: 1, sleeping: 1, uninterruptible: 1, stopped: 2, zombie: 2, idle: 1 },
    });
  });

  test("of a state that no kernel has yet are in none", () => {
    expect(states(setUp(new Map([[tgid, status("Q")]])).read(one, undefined, 0))).toEqual({});
  });

  test("are listed only where there are several", () => {
    const { read, listed } = setUp(new Map([[tgid, status("S")]]));
    read(one, undefined, 0);
    expect(listed).toEqual([]);
    read({ ...one, leaderEnded: true }, undefined, 0);
    expect(listed).toEqual([tgid]);
  });

  test("that exit while they are read are left out, and a process without any is gone", () => {
    const { read } = setUp(new Map());
    expect(read(one, undefined, 0)).toBeUndefined();
    expect(read({ ...one, threadCount: 3 }, undefined, 0)).toBeUndefined();
  });
});

describe("a wait in state D", () => {
  test("goes on while the thread is in it and was not switched", () => {
    const { read } = setUp(new Map([[tgid, status("D", 40)]]));
    const first = read(one, undefined, 1000);
    expect(first?.waits).toMatchObject([{ tid: tgid, sinceUs: 1000 }]);
    expect(read(one, first, 5000)?.waits).toMatchObject([{ sinceUs: 1000 }]);
  });

  test("is another one after a switch", () => {
    const threads = new Map([[tgid, status("D", 40)]]);
    const { read } = setUp(threads);
    const first = read(one, undefined, 1000);
    threads.set(tgid, status("D", 41));
    expect(read(one, first, 5000)?.waits).toMatchObject([{ sinceUs: 5000 }]);
  });

  test("is not that of an exited thread that had the same id", () => {
    const { read, starts } = setUp(new Map([[tgid, status("D", 1)]]));
    const first = read(one, undefined, 1000);
    starts.set(tgid, 2);
    expect(read(one, first, 5000)?.waits).toMatchObject([{ sinceUs: 5000 }]);
  });

  test("is over when the thread does something else", () => {
    const threads = new Map([[tgid, status("D", 40)]]);
    const { read } = setUp(threads);
    const first = read(one, undefined, 1000);
    threads.set(tgid, status("S", 40));
    expect(read(one, first, 5000)?.waits).toEqual([]);
  });
});

test("the state of the leader is known apart where there are other threads", () => {
  const { read } = setUp(
    new Map([
      [tgid, status("Z")],
      [8, status("S")],
    ]),
  );
  expect(read({ ...one, leaderEnded: true }, undefined, 0)?.leader).toBe("zombie");
  expect(setUp(new Map([[tgid, status("S")]])).read(one, undefined, 0)?.leader).toBeUndefined();
});

describe("memory and descriptors", () => {
  test("are in bytes and counted, with the limit", () => {
    const { read } = setUp(new Map([[tgid, status("S")]]));
    expect(read(one, undefined, 0)).toMatchObject({
      memory: { resident: 3072, virtual: 8192, swap: 1024 },
      openFds: 17,
      fdLimit: 1024,
    });
  });

  test("are those of a living thread where the leader has exited", () => {
    const ended = { state: "Z", switches: 0, memoryKb: new Map<string, number>() };
    const { read } = setUp(
      new Map([
        [tgid, ended],
        [8, status("S")],
      ]),
    );
    const state = read({ ...one, leaderEnded: true }, undefined, 0);
    expect(state).toMatchObject({ memory: { resident: 3072 }, openFds: 18 });
  });

  test("of a kernel thread are 0", () => {
    const bare = { state: "I", switches: 0, memoryKb: new Map<string, number>() };
    expect(setUp(new Map([[tgid, bare]])).read(one, undefined, 0)?.memory).toEqual({
      ...{ resident: 0, virtual: 0, swap: 0 },
    });
  });
});

test.each([
  { collector: "states", has: ["threads"] },
  { collector: "memory", has: ["memory"] },
  { collector: "fds", has: ["openFds", "fdLimit"] },
] as const)("nothing but $collector is read where only that is collected", ({ collector, has }) => {
  const { read } = setUp(new Map([[tgid, status("D")]]), [collector]);
  const { threads, memory, openFds, fdLimit } = read(one, undefined, 0) ?? {};
  const known = Object.entries({ threads, memory, openFds, fdLimit }).filter(([, value]) => value !== undefined);
  expect(known.map(([name]) => name)).toEqual(has);
});
