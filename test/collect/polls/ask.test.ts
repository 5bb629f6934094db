/** Queries, counted, and what becomes of each answer. */

import { expect, test } from "@jest/globals";
import { createCounters } from "../../../src/collect/counters.ts";
import { createAsk } from "../../../src/collect/polls/ask.ts";
import type { QueryClient } from "../../../src/taskstats/client.ts";
import { receptionOf } from "../../support/receptions.ts";

const [EPERM, ESRCH, EBUSY] = [1, 3, 16];

/** @param errnos by id: 0 for a record; an id without an entry gets no answer */
function setUp(errnos: Readonly<Record<number, number>>) {
  const counters = createCounters();
  const client: QueryClient = {
    query(_kind, ids, visit) {
      const answered = ids.filter((id) => errnos[id] !== undefined);
      for (const id of answered) {
        const errno = errnos[id] === 0 ? undefined : errnos[id];
        visit(ids.indexOf(id), { ...receptionOf({ tid: id }), errno });
      }
      return { unanswered: ids.length - answered.length };
    },
    close: () => undefined,
  };
  const visited: number[] = [];
  const gone: number[] = [];
  const ask = createAsk(client, counters);
  return {
    counters,
    visited,
    gone,
    run: (ids: readonly number[]) =>
      ask(
        "pid",
        ids,
        (index) => visited.push(index),
        (index) => gone.push(index),
      ),
  };
}

test("records and tasks that are gone are visited by their index, and all queries are counted", () => {
  const { counters, visited, gone, run } = setUp({ 10: 0, 11: ESRCH, 12: 0 });
  run([10, 11, 12]);
  expect([visited, gone]).toEqual([[0, 2], [1]]);
  expect([counters.queries, counters.queriesUnanswered]).toEqual([3, 0]);
});

test("queries without an answer are counted as such", () => {
  const { counters, visited, gone, run } = setUp({ 10: 0 });
  run([9, 10, 11]);
  run([11]);
  expect([visited, gone, counters.queries, counters.queriesUnanswered]).toEqual([[1], [], 4, 3]);
});

test.each([
  [EPERM, "CAPABILITY_MISSING"],
  [EBUSY, "QUERY_REFUSED"],
])("a refusal with errno %i throws %s after the other answers have been visited", (errno, code) => {
  const { counters, visited, run } = setUp({ 10: errno, 11: 0 });
  expect(() => run([10, 11])).toThrow(expect.objectContaining({ code }));
  expect([visited, counters.queries]).toEqual([[1], 2]);
});

test("tasks that are gone may be ignored", () => {
  const ask = createAsk(
    {
      query(_kind, ids, visit) {
        visit(0, { ...receptionOf({ tid: 1 }), errno: ESRCH });
        return { unanswered: ids.length - 1 };
      },
      close: () => undefined,
    },
    createCounters(),
  );
  expect(() => ask("tgid", [1], () => expect("a visit").toBe("none"))).not.toThrow();
});
