/** Exits that wait for the exec watcher. */

import { expect, test } from "@jest/globals";
import { createDeferredExits, type DeferredExit } from "../../../src/collect/exits/deferred-exits.ts";
import { createExecHistory } from "../../../src/execs/exec-history.ts";
import { slotOf } from "../../../src/fields/fields.ts";
import { createFakeWatcher } from "../../support/fake-watcher.ts";
import { exitRecordOf } from "../../support/receptions.ts";

async function setUp() {
  const watcher = createFakeWatcher();
  const counters = { execs: 0, execsLost: 0 };
  const execHistory = createExecHistory({ onExec: () => false, onRevisit: () => undefined, counters });
  await execHistory.configure(watcher);
  const deferred = createDeferredExits({ execHistory, users: { settled: () => Promise.resolve() } });
  return { watcher, execHistory, deferred };
}

const exitOf = (tgid: number): DeferredExit => ({ process: undefined, tgid, record: exitRecordOf({ tid: tgid }) });

test("each deferred exit is decided on once, in order, with the record that it had", async () => {
  const { deferred } = await setUp();
  const first = exitRecordOf({ tid: 1, figures: { ac_minflt: 5 } });
  deferred.defer({ process: undefined, tgid: 1, record: first });
  first.values.fill(99);
  deferred.defer(exitOf(2));
  const decided: DeferredExit[] = [];
  await deferred.settle((exit) => decided.push(exit));
  await deferred.settle((exit) => decided.push(exit));
  expect(decided.map(({ tgid }) => tgid)).toEqual([1, 2]);
  expect(decided[0]?.record.values[slotOf("ac_minflt")]).toBe(5);
});

test("the exec watcher has reported all earlier execs when an exit is decided on", async () => {
  const { watcher, execHistory, deferred } = await setUp();
  deferred.defer(exitOf(1));
  watcher.seeLate({ tgid: 1, argv: ["late"] }, 1);
  expect(execHistory.find(1)).toBeUndefined();
  let argv: readonly string[] | undefined;
  await deferred.settle(({ tgid }) => (argv = execHistory.find(tgid)?.argv));
  expect(argv).toEqual(["late"]);
});

test("an exit that is deferred while others are decided on waits for the next time", async () => {
  const { deferred } = await setUp();
  deferred.defer(exitOf(1));
  const decided: number[] = [];
  const settled = deferred.settle(({ tgid }) => decided.push(tgid));
  deferred.defer(exitOf(2));
  await settled;
  expect(decided).toEqual([1]);
  await deferred.settle(({ tgid }) => decided.push(tgid));
  expect(decided).toEqual([1, 2]);
});

test("the snapshot of an exited process stays for its children's exits, and is forgotten after them", async () => {
  const { watcher, execHistory, deferred } = await setUp();
  watcher.see({ tgid: 1, argv: ["parent"] });
  execHistory.note();
  deferred.noteExited(1);
  deferred.defer(exitOf(2));
  let parent: readonly string[] | undefined;
  await deferred.settle(() => (parent = execHistory.find(1)?.argv));
  expect(parent).toEqual(["parent"]);
  expect(execHistory.find(1)).toBeUndefined();
});

test("the snapshot of another process that has got the id meanwhile is kept", async () => {
  const { watcher, execHistory, deferred } = await setUp();
  watcher.see({ tgid: 1, argv: ["former"] });
  execHistory.note();
  deferred.noteExited(1);
  watcher.see({ tgid: 1, argv: ["latter"] });
  execHistory.note();
  await deferred.settle(() => undefined);
  expect(execHistory.find(1)?.argv).toEqual(["latter"]);
});

test("there is room for 20,000 exits", async () => {
  const { deferred } = await setUp();
  const exit = exitOf(1);
  for (let count = 1; count < 20_000; count++) deferred.defer(exit);
  expect(deferred.hasRoom).toBe(true);
  deferred.defer(exit);
  expect(deferred.hasRoom).toBe(false);
  await deferred.settle(() => undefined);
  expect(deferred.hasRoom).toBe(true);
});
