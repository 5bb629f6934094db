import { expect, test } from "@jest/globals";
import { createBoundedWait } from "../../../src/collect/cgroups/bounded-wait.ts";
import { createFakeTime } from "../../support/fake-time.ts";

const options = { patienceMs: 250, mostHanging: 2 };

/** Work that ends when the test says so. */
function createWork() {
  let begun = 0;
  let end: (value: string) => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  const work = (): Promise<string> => {
    begun++;
    return new Promise((resolve, reject) => ([end, fail] = [resolve, reject]));
  };
  return { work, end: (value: string) => end(value), fail: (error: Error) => fail(error), begun: () => begun };
}

test("work that ends in time gives its result or its error, and leaves no timer", async () => {
  const { timer, pending } = createFakeTime();
  const { run } = createBoundedWait({ ...options, timer });
  expect(await run("a", () => Promise.resolve(7))).toBe(7);
  await expect(run("a", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(pending).toEqual([]);
});

test("work that hangs is given up after the time, and not begun again before it has ended", async () => {
  const time = createFakeTime();
  const { run } = createBoundedWait({ ...options, timer: time.timer });
  const hanging = createWork();
  const first = run("a", hanging.work);
  expect(time.pending).toEqual([250]);
  time.advance(250);
  expect(await first).toBeUndefined();
  expect(await run("a", hanging.work)).toBeUndefined();
  expect([hanging.begun(), time.pending]).toEqual([1, []]);
  hanging.end("late");
  await Promise.resolve();
  expect(await run("a", () => Promise.resolve("in time"))).toBe("in time");
});

test("work that fails after it was given up is begun again, and its error is nobody's", async () => {
  const time = createFakeTime();
  const { run } = createBoundedWait({ ...options, timer: time.timer });
  const hanging = createWork();
  const first = run("a", hanging.work);
  time.advance(250);
  expect(await first).toBeUndefined();
  hanging.fail(new Error("late"));
  await Promise.resolve();
  expect(await run("a", () => Promise.resolve("in time"))).toBe("in time");
});

test("nothing is begun while too many go on", async () => {
  const time = createFakeTime();
  const { run } = createBoundedWait({ ...options, timer: time.timer });
  const hanging = [createWork(), createWork()] as const;
  const first = hanging.map(({ work }, index) => run(String(index), work));
  time.advance(250);
  expect(await Promise.all(first)).toEqual([undefined, undefined]);
  const other = createWork();
  expect(await run("other", other.work)).toBeUndefined();
  expect(other.begun()).toBe(0);
  hanging[0].end("late");
  await Promise.resolve();
  expect(await run("other", () => Promise.resolve("in time"))).toBe("in time");
});
