import { describe, expect, test } from "@jest/globals";
import { createArgumentStore, haveChanged, type KeptArguments } from "../../src/execs/kept-arguments.ts";
import { known } from "../support/rules.ts";

const fresh = (): KeptArguments => ({ characters: 0, digest: undefined });
const withArguments = (...argv: string[]) => ({ ...known, argv });
const long = "x".repeat(1000);
/** The size of one argument of that length in memory. */
const longSize = long.length + 24;

describe("arguments that are kept", () => {
  test("are whole where they are short, however many processes there are", () => {
    const store = createArgumentStore({ free: 100, room: 0 });
    for (let count = 0; count < 1000; count++)
      expect(store.keep(fresh(), withArguments("a", "b")).argv).toEqual(["a", "b"]);
  });

  test("are whole where they are long and there is room for them, and none where there is not", () => {
    const store = createArgumentStore({ free: 100, room: 2 * longSize });
    const kept = [1, 2, 3].map(() => store.keep(fresh(), withArguments(long)).argv);
    expect(kept).toEqual([[long], [long], undefined]);
  });

  test("give their room back when the process has exited, or has other arguments", () => {
    const store = createArgumentStore({ free: 100, room: longSize });
    const first = fresh();
    store.keep(first, withArguments(long));
    store.release(first);
    const second = fresh();
    expect(store.keep(second, withArguments(long)).argv).toEqual([long]);
    store.keep(second, withArguments("short"));
    expect(store.keep(fresh(), withArguments(long)).argv).toEqual([long]);
  });

  test("are long where they are many small ones", () => {
    const store = createArgumentStore({ free: 1000, room: 0 });
    expect(store.keep(fresh(), withArguments(...Array.from({ length: 100 }, () => ""))).argv).toBeUndefined();
  });

  test("have changed where any of them has, also where only their digest is kept", () => {
    const store = createArgumentStore({ free: 100, room: 0 });
    const kept = fresh();
    const { argv } = store.keep(kept, withArguments(long, "b"));
    expect([haveChanged(kept, argv, [long, "b"]), haveChanged(kept, argv, [long, "c"])]).toEqual([false, true]);
    const short = fresh();
    store.keep(short, withArguments("a", "b"));
    const was = ["a", "b"];
    expect([["a", "b"], ["a"], ["a", "b", "c"], ["a", "c"], []].map((now) => haveChanged(short, was, now))).toEqual([
      false,
      true,
      true,
      true,
      true,
    ]);
  });
});
