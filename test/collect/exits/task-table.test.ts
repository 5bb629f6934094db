/** The process of each task, through the lives of processes and the reuse of ids. */

import { expect, test } from "@jest/globals";
import { fc } from "../../support/properties.ts";
import { createTaskTable, type TaskTable } from "../../../src/collect/exits/task-table.ts";

function crew(): TaskTable {
  const table = createTaskTable();
  table.fork(10, 10);
  for (const tid of [11, 12]) table.fork(tid, 10);
  return table;
}

const owners = (table: TaskTable, ...tids: number[]): (number | undefined)[] => tids.map(table.ownerOf);

test("a process of one thread is forgotten at its exit", () => {
  const table = createTaskTable();
  table.fork(10, 10);
  expect([table.ownerOf(10), table.hadThreads(10)]).toEqual([10, false]);
  table.exit(10);
  expect([table.ownerOf(10), table.size]).toEqual([undefined, 0]);
});

test("a process that had several threads is still known to have had them when they have exited", () => {
  const table = crew();
  expect(owners(table, 10, 11, 12)).toEqual([10, 10, 10]);
  table.exit(11);
  table.exit(12);
  expect(owners(table, 10, 11, 12)).toEqual([10, undefined, undefined]);
  expect(table.hadThreads(10)).toBe(true);
});

test("the id of an exited leader stays its process's, since another thread may take it over", () => {
  const table = crew();
  table.exit(10);
  expect(table.ownerOf(10)).toBe(10);
  table.forgetProcess(10);
  expect([table.size, table.hadThreads(10)]).toEqual([0, false]);
});

test("an id that is given out again belongs to its new process only", () => {
  const table = crew();
  table.fork(11, 11);
  table.fork(12, 11);
  expect(owners(table, 11, 12)).toEqual([11, 11]);
  table.forgetProcess(10);
  expect(owners(table, 10, 11, 12)).toEqual([undefined, 11, 11]);
});

test("a new process has no threads of a process with the same id whose exit was lost", () => {
  const table = crew();
  table.fork(10, 10);
  expect(owners(table, 10, 11, 12)).toEqual([10, undefined, undefined]);
  expect(table.hadThreads(10)).toBe(false);
});

test("processes of one thread can be forgotten all at once, and others stay", () => {
  const table = crew();
  table.fork(20, 20);
  table.forgetSingle();
  expect(owners(table, 10, 11, 20)).toEqual([10, 10, undefined]);
});

test("nothing is left of any processes that have started and exited", () => {
  const step = fc.record({
    tid: fc.integer({ min: 1, max: 30 }),
    tgid: fc.integer({ min: 1, max: 10 }),
    kind: fc.nat(3),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const table = createTaskTable();
      for (const { tid, tgid, kind } of steps) {
        if (kind === 0) table.fork(tid, tid);
        else if (kind === 1) table.fork(tid, tgid);
        else if (kind === 2) table.exit(tid);
        else table.forgetProcess(tgid);
        const owner = table.ownerOf(tid);
        if (kind < 2 && owner !== (kind === 0 ? tid : tgid)) return false;
        if (kind === 2 && owner !== undefined && !(owner === tid && table.hadThreads(tid))) return false;
      }
      for (let id = 1; id <= 30; id++) {
        table.forgetProcess(id);
        table.exit(id);
      }
      return table.size === 0;
    }),
  );
});
