import { describe, expect, test } from "@jest/globals";
import { createKeyDecoder } from "../../src/terminal/keys.ts";
import { fc } from "../support/properties.ts";

const decode = (...texts: readonly string[]): string[] => {
  const decoder = createKeyDecoder();
  return texts.flatMap((text) => decoder(text));
};

describe("the keys of", () => {
  const examples: readonly (readonly [text: string, keys: readonly string[]])[] = [
    ["qsS/?", ["q", "s", "S", "/", "?"]],
    ["\u001b[A\u001b[B\u001b[C\u001b[D", ["up", "down", "right", "left"]],
    ["\u001bOA\u001bOC", ["up", "right"]],
    ["\u001b[1;5C", ["right"]],
    ["\u001b[5~\u001b[6~\u001b[H\u001b[4~", ["page-up", "page-down", "home", "end"]],
    ["\u0003\u001a\u000c", ["ctrl-c", "ctrl-z", "ctrl-l"]],
    ["a\u007f\b\r\n", ["a", "backspace", "backspace", "enter", "enter"]],
    ["\u001b", ["escape"]],
    ["\u001bq", ["escape", "q"]],
    ["\u00fc\u{1f600}", ["\u00fc", "\u{1f600}"]],
    // Keys without a name here, and other control characters.
    ["\u001b[15~\u001b[Z\u0000\u0001q", ["q"]],
    ["", []],
  ];
  test.each(examples)("%j are %j", (text, keys) => {
    expect(decode(text)).toEqual(keys);
  });
});

test("a sequence may be cut between two readings", () => {
  expect(decode("\u001b[", "A", "\u001b[1;", "5D", "\u001bO", "B")).toEqual(["up", "left", "down"]);
});

test("a sequence that never ends does not swallow what follows for ever", () => {
  expect(decode(`\u001b[${"1".repeat(40)}`)).toContain("1");
});

test("whatever is sent, each key is a name or one printable character", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "binary" })), (texts) => {
      for (const key of decode(...texts)) expect(key).toMatch(/^(?:[a-z]+(?:-[a-z]+)?|\P{Cc})$/su);
    }),
  );
});
