import { expect, test } from "@jest/globals";
import { findLongNames } from "../../src/config/long-names.ts";

const reasons = (...comm: string[]): string[] => findLongNames([{ comm }]).map(({ reason }) => reason);

test("each name of more than 15 bytes is found, with what the kernel leaves of it", () => {
  const rules = [
    { comm: ["make", "kotlin-compiler-embeddable", "ninja"] },
    { exe: ["a-name-longer-than-the-kernels"] },
    { comm: ["exactly15-bytes", "steamerrorreporter", "wine64-preloader"] },
  ];
  expect(findLongNames(rules).map(({ rule, index }) => [rule, index])).toEqual([
    [0, 1],
    [2, 1],
    [2, 2],
  ]);
  expect(reasons("make", "btrfs-transaction")).toEqual([
    'this name never matches: the kernel cuts command names to 15 bytes, which leaves "btrfs-transacti"',
  ]);
});

test("if a rule has only such names, the reason says that the rule never matches", () => {
  expect(reasons("btrfs-transaction")[0]).toMatch(/^this name, and so this rule, never matches: /);
});

test("the limit counts bytes, not characters, and may cut a character", () => {
  expect(reasons("aäöüäöüä")).toEqual([]);
  expect(reasons("x", "äöüäöüäö")[0]).toMatch(/which leaves "äöüäöüä" and a part of a character: use exe or cmdline$/);
  expect(reasons("x", "名字名字名字")[0]).toMatch(/which leaves "名字名字名"$/);
  expect(reasons("x", "a😀😀😀😀")[0]).toMatch(/which leaves "a😀😀😀" and a part of a character/);
});
