/** Archives of our own, read by tar(1). */

import { expect, test } from "@jest/globals";
import { encodeArchive } from "../../packaging/tar-entry.ts";
import { spawnSync } from "../support/processes.ts";

const epochSeconds = 1_700_000_000;

function list(archive: Buffer, ...flags: readonly string[]): string {
  const { stdout, stderr } = spawnSync("tar", [...flags, "-f", "-"], { input: archive, env: { TZ: "UTC" } });
  expect(String(stderr)).toBe("");
  return String(stdout);
}

test("tar lists folders and files with their modes, owners and times", () => {
  const archive = encodeArchive([
    { path: "usr/", mode: 0o755, epochSeconds },
    { path: "usr/node", mode: 0o755, epochSeconds, content: Buffer.from("x".repeat(513)) },
  ]);
  expect(
    list(archive, "-tv", "--numeric-owner")
      .trim()
      .split("\n")
      .map((line) => line.split(/\s+/)),
  ).toEqual([
    ["drwxr-xr-x", "0/0", "0", "2023-11-14", "22:13", "usr/"],
    ["-rwxr-xr-x", "0/0", "513", "2023-11-14", "22:13", "usr/node"],
  ]);
  expect(archive.length % 512).toBe(0);
});

test("tar reads contents and an attribute whose bytes are no text", () => {
  const attributes = { "security.capability": Uint8Array.of(1, 0, 0, 2, 0, 16, 0, 0) };
  const archive = encodeArchive([
    { path: "node", mode: 0o755, epochSeconds, content: Buffer.from("hello"), attributes },
  ]);
  expect(list(archive, "-xO", "--no-xattrs")).toBe("hello");
  expect(list(archive, "-tvv", "--xattrs", "--xattrs-include=*")).toMatch(/x: *8 security\.capability/);
});

test("a record's length counts its own digits", () => {
  // Among these are those that a length of two digits would make longer than 99.
  for (const bytes of [50, 60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71, 72]) {
    const archive = encodeArchive([
      { path: "a", mode: 0o644, epochSeconds, attributes: { "user.a": Buffer.alloc(bytes, 1) } },
    ]);
    const record = archive.subarray(512, 512 + parseInt(archive.toString("latin1", 124, 135), 8));
    expect(record.length).toBe(Number.parseInt(record.toString("latin1"), 10));
    expect(record.at(-1)).toBe(10);
  }
});

test("a path that does not fit is refused", () => {
  expect(() => encodeArchive([{ path: "x".repeat(101), mode: 0, epochSeconds }])).toThrow(/100 bytes/);
});
