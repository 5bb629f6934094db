import { expect, test } from "@jest/globals";
import { inSlices } from "../../src/base/slices.ts";

test("all items are worked on in order, each slice is announced before, and it yields after each slice", async () => {
  const log: string[] = [];
  const begin = (slice: readonly number[]): void => void log.push(`begin ${slice.join()}`);
  const yieldToEventLoop = (): Promise<void> => {
    log.push("yield");
    return Promise.resolve();
  };
  await inSlices([1, 2, 3, 4, 5], { size: 2, begin, yieldToEventLoop }, (item) => void log.push(String(item)));
  expect(log.filter((line) => line !== "yield")).toEqual([
    "begin 1,2",
    "1",
    "2",
    "begin 3,4",
    "3",
    "4",
    "begin 5",
    "5",
  ]);
  expect(log.filter((line) => line === "yield").length).toBeGreaterThanOrEqual(3);
  expect([log.indexOf("yield") < log.indexOf("begin 3,4"), log.at(-1)]).toEqual([true, "yield"]);
});

test("it yields between items that take long", async () => {
  let turns = 0;
  const yieldToEventLoop = (): Promise<void> => {
    turns++;
    return Promise.resolve();
  };
  await inSlices([1, 2, 3], { size: 100, yieldToEventLoop }, () => {
    const end = performance.now() + 15;
    while (performance.now() < end);
  });
  expect(turns).toBeGreaterThanOrEqual(3);
});
