/** Reading short files in one read. */

import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createShortFileReader } from "../../src/procfs/short-file.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "short-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

test("a file is read to its end, each time anew", () => {
  const read = createShortFileReader(16);
  expect(read(write("long", "0123456789"))).toBe("0123456789");
  expect(read(write("short", "ab"))).toBe("ab");
  expect(read(write("empty", ""))).toBe("");
});

test("no more is read than there is room for", () => {
  expect(createShortFileReader(4)(write("long", "0123456789"))).toBe("0123");
});

test("each byte is a character, whatever it is", () => {
  expect(createShortFileReader(4)(write("bytes", Uint8Array.of(0, 0x80, 0xff)))).toBe("\0\x80\xff");
});

test("a file that is missing, and a directory, cannot be read", () => {
  const read = createShortFileReader(4);
  expect([read(join(folder, "none")), read(folder)]).toEqual([undefined, undefined]);
});
