/** What a map of recent things keeps, and what it lets go. */

import { expect, test } from "@jest/globals";
import { createRecentMap } from "../../src/execs/recent-map.ts";

test("keeps an entry for its life, and forgets it after twice that where it is not used", () => {
  const map = createRecentMap<string>({ lifeUs: 100, limit: 10 });
  map.set(1, "one", 0);
  map.set(2, "two", 90);
  map.set(3, "three", 110);
  expect([map.get(1), map.get(2), map.get(3)]).toEqual(["one", "two", "three"]);
  map.set(4, "four", 220);
  expect([map.get(1), map.get(2), map.get(3), map.get(4)]).toEqual([undefined, undefined, "three", "four"]);
});

test("keeps what is used for longer", () => {
  const map = createRecentMap<string>({ lifeUs: 100, limit: 10 });
  map.set(1, "used", 0);
  map.set(2, "unused", 0);
  for (let nowUs = 60; nowUs < 1000; nowUs += 60) {
    expect(map.use(1, nowUs)).toBe("used");
    map.set(3, "other", nowUs);
  }
  expect(map.get(2)).toBeUndefined();
});

test("never holds more than twice its limit by weight", () => {
  const map = createRecentMap<string>({ lifeUs: Infinity, limit: 100, entryWeight: 10 });
  for (let key = 0; key < 1000; key++) {
    map.set(key, "x", 0);
    expect(map.size).toBeLessThanOrEqual(20);
  }
  expect(map.get(999)).toBe("x");
});

test("has one value of a key, the latest, and none after it was deleted", () => {
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

test("weighs a value once, however many keys share it, and anew where it is used later", () => {
  const map = createRecentMap<{ readonly weight: number }>({
    ...{ lifeUs: Infinity, limit: 100, weigh: ({ weight }) => weight },
  });
  const heavy = { weight: 60 };
  for (let key = 0; key < 30; key++) map.set(key, heavy, 0);
  map.set(30, { weight: 60 }, 0);
  // That was too much: what is set from here on is of another generation, and so is what is used.
  map.set(31, { weight: 20 }, 0);
  map.use(5, 0);
  map.set(32, { weight: 60 }, 0);
  map.set(33, { weight: 1 }, 0);
  expect([4, 5, 30, 31].map((key) => map.get(key) !== undefined)).toEqual([false, true, false, true]);
});

test("weighs a value again that has become heavier", () => {
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
