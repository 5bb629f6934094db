import { describe, expect, test } from "@jest/globals";
import { createRetainedMap } from "../../src/kubernetes/retained-map.ts";

const mapOf = (max = 10) => createRetainedMap<number>({ ms: 100, max });

describe("a retained map", () => {
  test("keeps a retired entry for the retention, to the millisecond", () => {
    const map = mapOf();
    map.set("a", 1);
    map.retire("a", 1000);
    expect(map.current("a")).toBeUndefined();
    expect(map.get("a", 1099)).toBe(1);
    expect(map.get("a", 1100)).toBeUndefined();
  });

  test("keeps a retired entry for ever if it is set again", () => {
    const map = mapOf();
    map.set("a", 1);
    map.retire("a", 0);
    map.set("a", 2);
    expect(map.get("a", 1e9)).toBe(2);
    expect(map.size).toBe(1);
  });

  test("does not lengthen the retention of an entry that is retired twice", () => {
    const map = mapOf();
    map.set("a", 1);
    map.retire("a", 0);
    map.retire("a", 50);
    expect(map.get("a", 100)).toBeUndefined();
  });

  test("drops the oldest if too many are retired, and no current entry", () => {
    const map = mapOf(2);
    for (const key of ["a", "b", "c", "d"]) map.set(key, 1);
    for (const key of ["a", "b", "c"]) map.retire(key, 0);
    expect(["a", "b", "c", "d"].map((key) => map.get(key, 1))).toEqual([undefined, 1, 1, 1]);
    expect(map.size).toBe(3);
  });

  test("drops entries after their retention when another one is retired", () => {
    const map = mapOf();
    for (const key of ["a", "b"]) map.set(key, 1);
    map.retire("a", 0);
    map.retire("b", 100);
    expect(map.size).toBe(1);
  });
});
