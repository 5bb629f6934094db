/** Which entries the map keeps, and which ones it forgets. */

import { expect, test } from "@jest/globals";
import { createRecentMap } from "../../src/execs/recent-map.ts";

test("an entry that is not used stays for its life, and is forgotten after twice that time", () => {
  const map = createRecentMap<string>({ lifeUs: 100, limit: 10 });
  map.set(1, "one", 0);
  map.set(2, "two", 90);
  map.set(3, "three", 110);
  expect([map.get(1), map.get(2), map.get(3)]).toEqual(["one", "two", "three"]);
  map.set(4, "four", 220);
  expect([map.get(1), map.get(2), map.get(3), map.get(4)]).toEqual([undefined, undefined, "three", "four"]);
});

test("an entry that is used stays for longer", () => {
  const map = createRecentMap<string>({ lifeUs: 100, limit: 10 });
  map.set(1, "used", 0);
  map.set(2, "unused", 0);
  for (let nowUs = 60; nowUs < 1000; nowUs += 60) {
    expect(map.use(1, nowUs)).toBe("used");
    map.set(3, "other", nowUs);
  }
  expect(map.get(2)).toBeUndefined();
});

test("the map never holds more than twice its limit by weight", () => {
  const map = createRecentMap<string>({ lifeUs: Infinity, limit: 100, entryWeight: 10 });
  for (let key = 0; key < 1000; key++) {
    map.set(key, "x", 0);
    expect(map.size).toBeLessThanOrEqual(20);
  }
  expect(map.get(999)).toBe("x");
});

test("a key has its latest value, and none after it was deleted", () => {
  const map = createRecentMap<string>({ lifeUs: 100, limit: 10 });
  map.set(1, "old", 0);
  map.set(2, "rotates", 200);
  map.set(1, "new", 200);
  expect([map.get(1), map.size]).toEqual(["new", 2]);
  map.delete(1);
  expect(map.get(1)).toBeUndefined();
  map.clear();
  expect(map.size).toBe(0);
});

test("a value counts once in a generation, however many keys share it", () => {
  const map = createRecentMap<{ readonly weight: number }>({
    ...{ lifeUs: Infinity, limit: 100, weigh: ({ weight }) => weight },
  });
  const heavy = { weight: 60 };
  for (let key = 0; key < 30; key++) map.set(key, heavy, 0);
  map.set(30, { weight: 60 }, 0);
  // The limit is exceeded: what is set or used from here on belongs to the next generation.
  map.set(31, { weight: 20 }, 0);
  map.use(5, 0);
  map.set(32, { weight: 60 }, 0);
  map.set(33, { weight: 1 }, 0);
  expect([4, 5, 30, 31].map((key) => map.get(key) !== undefined)).toEqual([false, true, false, true]);
});

test("a value that has become heavier counts with its new weight", () => {
  const map = createRecentMap<{ weight: number }>({ lifeUs: Infinity, limit: 100, weigh: ({ weight }) => weight });
  const value = { weight: 1 };
  map.set(1, value, 0);
  value.weight = 200;
  map.weighAgain(value);
  map.set(2, { weight: 1 }, 0);
  map.set(3, { weight: 200 }, 0);
  map.set(4, { weight: 1 }, 0);
  expect([1, 2, 4].map((key) => map.get(key) !== undefined)).toEqual([false, true, true]);
});
