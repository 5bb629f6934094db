import { expect, test } from "@jest/globals";
import { createThreadRecordReader } from "../../../src/collect/polls/thread-record.ts";

test("a record has the id, the figures and the name of the reply, and is the same object each time", () => {
  const read = createThreadRecordReader();
  const values = Float64Array.of(1, 2, 3);
  const reply = (id: number, comm: string) => ({
    thread: { present: true, id, version: 16, bytes: 560, values },
    readComm: () => comm,
  });
  const first = read(reply(7, "one"));
  expect([first.tid, first.values, first.readComm()]).toEqual([7, values, "one"]);
  const second = read(reply(8, "two"));
  expect(second).toBe(first);
  expect([second.tid, second.readComm()]).toEqual([8, "two"]);
});
