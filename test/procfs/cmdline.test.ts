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

test("an empty command line gives no arguments, and a process that is gone gives undefined", () => {
  write("");
  expect([read(7), read(8)]).toEqual([[], undefined]);
});

test("a short command line does not end with the rest of a longer one that was read before", () => {
  write("a-long-one\0with-arguments\0");
  read(7);
  write("b\0");
  expect(read(7)).toEqual(["b"]);
});

test("of a longer command line the first half of a megabyte is read", () => {
  write("x".repeat(cmdlineBytes + 100));
  expect(read(7)?.[0]).toHaveLength(cmdlineBytes);
});
