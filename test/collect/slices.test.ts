import { expect, test } from "@jest/globals";
import { inSlices } from "../../src/collect/slices.ts";

test("all items are worked through in their order, each slice announced before, with a turn after each", async () => {
  const log: string[] = [];
  const begin = (slice: readonly number[]): void => void log.push(`begin ${slice.join()}`);
  const yieldToEventLoop = (): Promise<void> => {
    log.push("turn");
    return Promise.resolve();
  };
  await inSlices([1, 2, 3, 4, 5], { size: 2, begin, yieldToEventLoop }, (item) => void log.push(String(item)));
  expect(log.filter((line) => line !== "turn")).toEqual(["begin 1,2", "1", "2", "begin 3,4", "3", "4", "begin 5", "5"]);
  expect(log.filter((line) => line === "turn").length).toBeGreaterThanOrEqual(3);
  expect([log.indexOf("turn") < log.indexOf("begin 3,4"), log.at(-1)]).toEqual([true, "turn"]);
});

test("items that take long get turns of their own", async () => {
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
