import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readText } from "../../src/yaml/file.ts";

let directory = "";
beforeAll(() => void (directory = mkdtempSync(join(tmpdir(), "config-"))));
afterAll(() => rmSync(directory, { recursive: true }));

function read(bytes: string | Uint8Array): string {
  const path = join(directory, "rules.yaml");
  writeFileSync(path, bytes);
  return readText(path, "CONFIG");
}

describe("a configuration file", () => {
  test("is read as UTF-8", () => expect(read("näme: ✓\n")).toBe("näme: ✓\n"));

  test("that is not UTF-8 is an error with the number of its first wrong line", () => {
    const utf16 = Buffer.from("\ufeffa: b\n", "utf16le");
    expect(() => read(Buffer.from("a: b\nc: \xff\n", "latin1"))).toThrow(/rules.yaml:2: want UTF-8, got other/);
    expect(() => read(utf16)).toThrow(/rules.yaml:1: want UTF-8, got other/);
  });

  test("that cannot be read is an error with the given code and the reason", () => {
    expect(() => readText(directory, "WEB_CONFIG")).toThrow(
      /^WEB_CONFIG at \S+: want a readable file, got a directory; /,
    );
    expect(() => readText("", "CONFIG")).toThrow('CONFIG at "": want a readable file, got none; ');
    expect(() => read("#".repeat(2 ** 20 + 1))).toThrow(/want a readable file, got more than 1MiB; /);
  });
});
