import { describe, expect, test } from "@jest/globals";
import { setImmediate as turnOfTheLoop } from "node:timers/promises";
import { createMutex, shareInFlight } from "../../src/base/mutex.ts";

/** Work that goes on until the test calls `end`. */
function createWork() {
  let begun = 0;
  const ends: (() => void)[] = [];
  const work = (): Promise<number> => {
    begun++;
    const number = begun;
    return new Promise((resolve) => ends.push(() => resolve(number)));
  };
  return { work, end: () => ends.shift()?.(), begun: () => begun };
}

describe("work that is shared in flight", () => {
  test("runs once for all calls that are made while it runs, and again for a later call", async () => {
    const { work, end, begun } = createWork();
    const ask = shareInFlight(work);
    const together = [ask(), ask(), ask()];
    end();
    expect(await Promise.all(together)).toEqual([1, 1, 1]);
    const later = ask();
    end();
    expect(await later).toBe(2);
    expect(begun()).toBe(2);
  });

  test("fails for all its callers, and runs again for the next call", async () => {
    let fails = true;
    const ask = shareInFlight(() => (fails ? Promise.reject(new Error("no")) : Promise.resolve("yes")));
    const outcomes = await Promise.allSettled([ask(), ask()]);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    fails = false;
    expect(await ask()).toBe("yes");
  });
});

describe("a mutex", () => {
  test("runs work in order, also after work that failed", async () => {
    const { runExclusive } = createMutex();
    const order: string[] = [];
    const first = runExclusive(async () => {
      await Promise.resolve();
      order.push("first");
      throw new Error("no");
    });
    const second = runExclusive(() => Promise.resolve(order.push("second")));
    await expect(first).rejects.toThrow("no");
    await second;
    expect(order).toEqual(["first", "second"]);
  });

  test("shares a run among the calls before it begins, and gives calls during the run the next one", async () => {
    const { work, end, begun } = createWork();
    const turns = createMutex();
    const ask = turns.share(work);
    const together = [ask(), ask()];
    await turnOfTheLoop();
    const [later, latest] = [ask(), ask()];
    await turnOfTheLoop();
    expect(begun()).toBe(1);
    end();
    expect(await Promise.all(together)).toEqual([1, 1]);
    await turnOfTheLoop();
    end();
    expect([await later, await latest, begun()]).toEqual([2, 2, 2]);
  });
});
