import { describe, expect, test } from "@jest/globals";
import { createExecHistory, type ExecHistory } from "../../src/execs/exec-history.ts";
import type { ProcessSnapshot, Revisit } from "../../src/execs/exec-watcher.ts";
import { createFakeWatcher, type FakeWatcher } from "../support/fake-watcher.ts";

interface Stage {
  readonly history: ExecHistory;
  readonly watcher: FakeWatcher;
  readonly counters: { execs: number; execsLost: number };
  /** Processes that are tracked. */
  readonly tracked: Set<number>;
  readonly execs: ProcessSnapshot[];
  readonly revisits: Revisit[];
}

async function start(): Promise<Stage> {
  const counters = { execs: 0, execsLost: 0 };
  const tracked = new Set<number>();
  const execs: ProcessSnapshot[] = [];
  const revisits: Revisit[] = [];
  const history = createExecHistory({
    counters,
    onRevisit: (revisit) => void revisits.push(revisit),
    onExec(snapshot) {
      execs.push(snapshot);
      return tracked.has(snapshot.tgid);
    },
  });
  const watcher = createFakeWatcher();
  await history.configure(watcher);
  return { history, watcher, counters, tracked, execs, revisits };
}

const argvOf = (history: ExecHistory, tgid: number): unknown => history.find(tgid)?.argv;

describe("a history without a watcher", () => {
  test("sees nothing, and waits for nothing", async () => {
    const counters = { execs: 0, execsLost: 0 };
    const history = createExecHistory({ onExec: () => false, onRevisit: () => undefined, counters });
    await history.caughtUp();
    history.note();
    expect([history.watching, history.late, history.takeLost(), history.find(1)]).toEqual([false, false, 0, undefined]);
  });
});

describe("what the watcher has seen", () => {
  test("is there when it is noted: the latest exec of a process that is not tracked", async () => {
    const { history, watcher, counters } = await start();
    watcher.see({ tgid: 7, argv: ["first"] });
    watcher.see({ tgid: 7, argv: ["second"] });
    expect(history.find(7)).toBeUndefined();
    history.note();
    expect([argvOf(history, 7), argvOf(history, 8), counters.execs]).toEqual([["second"], undefined, 2]);
  });

  test("is handed on, but not kept, for a process that is tracked", async () => {
    const { history, watcher, tracked, execs } = await start();
    tracked.add(7);
    watcher.see({ tgid: 7, argv: ["a"] });
    history.note();
    expect([execs.map(({ tgid }) => tgid), history.find(7)]).toEqual([[7], undefined]);
  });

  test("tells the lineage which program each process runs, revisits included", async () => {
    const { history, watcher, revisits } = await start();
    watcher.see({ tgid: 7, argv: ["server"], seenAtUs: 0 });
    watcher.fork(7, 8);
    watcher.revisit({ tgid: 8, argv: ["server: worker"], seenAtUs: 0 }, 10_000);
    history.note();
    const lines = [7, 8].map((tgid) => history.lineage.find(tgid)?.seen.argv);
    expect(lines).toEqual([["server"], ["server: worker"]]);
    expect(revisits).toMatchObject([{ snapshot: { tgid: 8 }, ranUs: 10_000 }]);
  });

  test("is no longer the lineage's where events were lost, but is found all the same", async () => {
    const { history, watcher } = await start();
    watcher.see({ tgid: 7, argv: ["a"] });
    watcher.lose(1);
    history.note();
    expect([history.lineage.find(7), argvOf(history, 7)]).toEqual([undefined, ["a"]]);
  });

  test("can be waited for", async () => {
    const { history, watcher } = await start();
    watcher.seeLate({ tgid: 7, argv: ["a"] }, 1);
    history.note();
    expect(history.find(7)).toBeUndefined();
    await history.caughtUp();
    expect(argvOf(history, 7)).toEqual(["a"]);
  });
});

describe("a snapshot is forgotten", () => {
  test("when its process has exited, but not that of a later process with the same id", async () => {
    const { history, watcher } = await start();
    watcher.see({ tgid: 7, argv: ["old"] });
    history.note();
    const old = history.find(7) as ProcessSnapshot;
    watcher.see({ tgid: 7, argv: ["new"] });
    history.note();
    history.forget(old);
    expect(argvOf(history, 7)).toEqual(["new"]);
    history.forget(history.find(7) as ProcessSnapshot);
    expect(history.find(7)).toBeUndefined();
  });

  test("at the second call of age after it was noted", async () => {
    const { history, watcher } = await start();
    watcher.see({ tgid: 7 });
    history.note();
    history.age();
    watcher.see({ tgid: 8 });
    history.note();
    expect([7, 8].map((tgid) => history.find(tgid)?.tgid)).toEqual([7, 8]);
    history.age();
    expect([7, 8].map((tgid) => history.find(tgid)?.tgid)).toEqual([undefined, 8]);
  });
});

describe("the memory for snapshots", () => {
  const long = (tgid: number) => ({ tgid, argv: ["x".repeat(2 ** 20 - 256)] });
  const count = (history: ExecHistory, tgids: readonly number[]): number =>
    tgids.filter((tgid) => history.find(tgid) !== undefined).length;
  const many = Array.from({ length: 20 }, (_value, index) => index + 1);

  test("holds 8 Mi characters of long arguments, and short ones beside them", async () => {
    const { history, watcher, counters } = await start();
    for (const tgid of many) watcher.see(long(tgid));
    watcher.see({ tgid: 100, argv: ["short"] });
    history.note();
    expect([count(history, many), argvOf(history, 100), counters.execs]).toEqual([8, ["short"], 21]);
  });

  test("holds 16 Mi characters of short snapshots, their control groups included", async () => {
    const { history, watcher } = await start();
    const tgids = Array.from({ length: 4200 }, (_value, index) => index + 1);
    for (const tgid of tgids) watcher.see({ tgid, argv: ["x".repeat(2048)], cgroups: ["y".repeat(2048 - 256)] });
    history.note();
    expect(count(history, tgids)).toBe(4096);
  });

  test("has room again after age", async () => {
    const { history, watcher } = await start();
    for (const tgid of many) watcher.see(long(tgid));
    history.note();
    history.age();
    watcher.see(long(50));
    history.note();
    expect(history.find(50)).toBeDefined();
  });

  test("that is full leaves a process without the snapshot of its program before", async () => {
    const { history, watcher } = await start();
    watcher.see({ tgid: 50, argv: ["before"] });
    for (const tgid of many) watcher.see(long(tgid));
    watcher.see(long(50));
    history.note();
    expect(history.find(50)).toBeUndefined();
  });
});

test("lost events are counted once", async () => {
  const { history, watcher, counters } = await start();
  watcher.lose(3);
  expect([history.takeLost(), history.takeLost()]).toEqual([3, 0]);
  watcher.lose(2);
  expect([history.takeLost(), counters.execsLost]).toEqual([2, 5]);
});

test("a watcher without priority is late", async () => {
  const { history, watcher } = await start();
  expect(history.late).toBe(false);
  watcher.prompt = false;
  expect(history.late).toBe(true);
});

describe("another watcher", () => {
  test("takes over when the one before has reported all that it saw, and is closed", async () => {
    const { history, watcher, counters } = await start();
    watcher.seeLate({ tgid: 7, argv: ["a"] }, 1);
    watcher.lose(4);
    const next = createFakeWatcher();
    await history.configure(next);
    expect([argvOf(history, 7), watcher.closed, next.closed, counters.execsLost]).toEqual([["a"], true, false, 4]);
    next.see({ tgid: 8, argv: ["b"] });
    next.lose(1);
    history.note();
    expect([argvOf(history, 8), history.takeLost()]).toEqual([["b"], 1]);
  });

  test("begins with an empty lineage: nobody saw the forks between the two", async () => {
    const { history, watcher } = await start();
    watcher.see({ tgid: 7, argv: ["a"] });
    await history.configure(createFakeWatcher());
    expect(history.lineage.find(7)).toBeUndefined();
  });
});

test("close takes what is left, closes the watcher, and leaves no lineage", async () => {
  const { history, watcher } = await start();
  watcher.see({ tgid: 7, argv: ["a"] });
  history.close();
  expect([argvOf(history, 7), watcher.closed, history.watching, history.lineage.find(7)]).toEqual([
    ["a"],
    true,
    false,
    undefined,
  ]);
});
