import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfig } from "../../src/config/file.ts";
import { execFileSync } from "../support/processes.ts";

let directory = "";
beforeAll(() => void (directory = mkdtempSync(join(tmpdir(), "config-"))));
afterAll(() => rmSync(directory, { recursive: true }));

function write(bytes: string | Uint8Array): string {
  const path = join(directory, "rules.yaml");
  writeFileSync(path, bytes);
  return path;
}

describe("a configuration file", () => {
  test("is read as UTF-8", () => expect(readConfig(write("näme: ✓\n"))).toBe("näme: ✓\n"));

  test("may have a mebibyte and not a byte more", () => {
    expect(readConfig(write("#".repeat(2 ** 20)))).toHaveLength(2 ** 20);
    expect(() => readConfig(write("#".repeat(2 ** 20 + 1)))).toThrow(
      /^CONFIG at \S+rules.yaml: want a file of at most 1MiB, got a larger one; /,
    );
  });

  test("without an end is not read for ever", () => {
    expect(() => readConfig("/dev/zero")).toThrow("CONFIG at /dev/zero: want a file of at most 1MiB, got a larger one");
  });

  test("names the line that is not UTF-8", () => {
    expect(() => readConfig(write(Buffer.from("a: b\nc: \xff\n", "latin1")))).toThrow(
      /rules.yaml:2: want UTF-8, got other/,
    );
  });

  test("that is a named pipe is refused, since nobody may ever write to it", () => {
    const pipe = join(directory, "pipe");
    execFileSync("mkfifo", [pipe]);
    expect(() => readConfig(pipe)).toThrow("got a named pipe");
  });

  test("that is missing or a directory is said to be so", () => {
    expect(() => readConfig(join(directory, "none"))).toThrow(/none: want a readable file, got none;/);
    expect(() => readConfig(directory)).toThrow(/want a readable file, got a directory;/);
  });
});
