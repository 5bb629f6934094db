import { describe, expect, test } from "@jest/globals";
import { memoize } from "../../src/classify/memo.ts";

/** A function with a memory, and the texts for which it was really called. */
function counted(): { readonly asked: string[]; readonly find: (text: string) => number | undefined } {
  const asked: string[] = [];
  const find = memoize((text) => {
    asked.push(text);
    return text === "none" ? undefined : text.length;
  });
  return { asked, find };
}

describe("a function that remembers", () => {
  test("is called once for a text, also where it finds nothing", () => {
    const { asked, find } = counted();
    expect([find("abc"), find("none"), find("abc"), find("none")]).toEqual([3, undefined, 3, undefined]);
    expect(asked).toEqual(["abc", "none"]);
  });

  test("does not remember long texts", () => {
    const { asked, find } = counted();
    const long = "x".repeat(513);
    expect([find(long), find(long)]).toEqual([513, 513]);
    expect(asked).toHaveLength(2);
  });

  test("forgets everything after 512 texts", () => {
    const { asked, find } = counted();
    for (let index = 0; index < 512; index++) find(`text ${index}`);
    find("text 0");
    expect(asked).toHaveLength(512);
    find("one more");
    find("text 0");
    expect(asked).toHaveLength(514);
  });
});
