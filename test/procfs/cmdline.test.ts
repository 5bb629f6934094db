import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cmdlineBytes, createCmdlineReader, type ReadCmdline } from "../../src/procfs/cmdline.ts";

let root: string;
let read: ReadCmdline;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "cmdline-"));
  read = createCmdlineReader(root);
  mkdirSync(join(root, "7"));
});
afterEach(() => rmSync(root, { recursive: true }));

const write = (text: string): void => writeFileSync(join(root, "7/cmdline"), text);

test("arguments are read as the process shows them", () => {
  write("prog\0-x\0é\0");
  expect(read(7)).toEqual(["prog", "-x", "é"]);
});

test("a process that shows none has none, and of one that is gone nothing is known", () => {
  write("");
  expect([read(7), read(8)]).toEqual([[], undefined]);
});

test("what was read before is not taken for the end of what is shorter", () => {
  write("a-long-one\0with-arguments\0");
  read(7);
  write("b\0");
  expect(read(7)).toEqual(["b"]);
});

test("of more than half a megabyte the first half is read", () => {
  write("x".repeat(cmdlineBytes + 100));
  expect(read(7)?.[0]).toHaveLength(cmdlineBytes);
});
