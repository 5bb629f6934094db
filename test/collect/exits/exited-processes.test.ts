/** Which of the processes that /proc does not show have exited, as the kernel says. */

import { expect, test } from "@jest/globals";
import { createFindExited } from "../../../src/collect/exits/exited-processes.ts";
import { createProcess, type Process } from "../../../src/collect/groups/process.ts";
import type { Ask } from "../../../src/collect/polls/ask.ts";
import type { Group } from "../../../src/collect/groups/group-registry.ts";
import { createAccount } from "../../../src/account/account.ts";
import { receptionOf, type ReceptionSpec } from "../../support/receptions.ts";

const group: Group = { labels: {}, ruleLabels: {}, account: createAccount([]) };
const nowUs = 100e6;
const startUs = 40e6;
const age = (us: number) => ({ ac_tgetime: us });

function processOf(tgid: number): Process {
  return Object.assign(createProcess(tgid, group), { startUs });
}

/** The kernel's answers by id: a record, or nothing for a task that is gone. An id without an entry gets no answer. */
async function findExited(processes: readonly Process[], answers: ReadonlyMap<number, ReceptionSpec | "gone">) {
  const asked: number[][] = [];
  let yields = 0;
  const ask: Ask = (kind, ids, visit, visitGone) => {
    expect(kind).toBe("pid");
    asked.push([...ids]);
    ids.forEach((id, index) => {
      const answer = answers.get(id);
      if (answer === "gone") visitGone?.(index);
      else if (answer !== undefined) visit(index, receptionOf(answer));
    });
  };
  const find = createFindExited({
    ask,
    clock: { monotonicUs: () => nowUs, unixSeconds: () => 0 },
    yieldToEventLoop() {
      yields++;
      return Promise.resolve();
    },
  });
  const exited = await find(processes);
  return { exited: exited.map(({ tgid }) => tgid), asked, yields: () => yields };
}

test("a process has exited if the kernel knows no such task, and lives if its record is of the same start", async () => {
  const answers = new Map<number, ReceptionSpec | "gone">([
    [1, "gone"],
    [2, { tid: 2, figures: age(60e6) }],
  ]);
  expect((await findExited([processOf(1), processOf(2)], answers)).exited).toEqual([1]);
});

test("a process has exited if its id is that of another process's thread now", async () => {
  const answers = new Map([[1, { tid: 1, tgid: 9, figures: age(60e6) }]]);
  expect((await findExited([processOf(1)], answers)).exited).toEqual([1]);
});

test.each([
  ["20 ms later", 60e6 - 20_000, []],
  ["more than 20 ms later", 60e6 - 20_001, [1]],
])("a process under the same id that started %s is judged by that", async (_when, ageUs, exited) => {
  const answers = new Map([[1, { tid: 1, figures: age(ageUs) }]]);
  expect((await findExited([processOf(1)], answers)).exited).toEqual(exited);
});

test("a record without ac_tgid, of a kernel before 5.19, is judged by the age alone", async () => {
  const figures = { ac_tgid: NaN, ac_tgetime: NaN, ac_etime: 60e6 };
  expect((await findExited([processOf(1)], new Map([[1, { tid: 1, figures }]]))).exited).toEqual([]);
});

test("a process without a known start, or without an answer, is not taken for exited", async () => {
  const unknown = createProcess(1, group);
  const answers = new Map([[1, { tid: 1, figures: age(1) }]]);
  expect((await findExited([unknown, processOf(2)], answers)).exited).toEqual([]);
});

test("256 processes are asked for in one slice, without those that have been closed meanwhile", async () => {
  const processes = Array.from({ length: 300 }, (_value, index) => processOf(index + 1));
  for (const process of processes.slice(0, 10)) process.ended = true;
  const { exited, asked, yields } = await findExited(processes, new Map(processes.map(({ tgid }) => [tgid, "gone"])));
  expect(asked.map(({ length }) => length)).toEqual([246, 44]);
  expect([exited.length, yields()]).toEqual([290, 2]);
});
