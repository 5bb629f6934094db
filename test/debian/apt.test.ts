/** Reads apt's files and a Packages index. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "@jest/globals";
import { findMirror, parseStanzas } from "./apt.ts";

const folders: string[] = [];

/** A folder as /etc/apt, with these files. */
function aptFolder(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), "apt-"));
  folders.push(root);
  mkdirSync(join(root, "sources.list.d"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
  return root;
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

test("the mirror is the archive of a Debian suite, not its security updates or another vendor's", () => {
  const stanzas = [
    "Types: deb",
    "# a remark in between",
    "URIs: http://updates.example/debian-security",
    "Suites: bookworm-security",
    "Components: main",
    "",
    "Types: deb deb-src",
    "URIs: http://mirror.example/debian/",
    "Suites: bookworm bookworm-updates",
    "Components: main contrib",
  ];
  const root = aptFolder({
    "sources.list": "deb [arch=amd64] https://vendor.example/repo stable-vendor main\n",
    "sources.list.d/debian.sources": `${stanzas.join("\n")}\n`,
    "sources.list.d/debian.sources.bak": "Types: deb\nURIs: http://old.example\nSuites: sid\nComponents: main\n",
  });
  expect(findMirror(root)).toBe("http://mirror.example/debian");
});

test("the mirror is found in the one-line form, remarks and sources left out", () => {
  const lines = ["# deb http://remark.example/debian sid main", "deb-src http://source.example/debian sid main"];
  const root = aptFolder({
    "sources.list": [...lines, "deb [signed-by=/k] http://line.example/debian trixie main non-free"].join("\n"),
  });
  expect(findMirror(root)).toBe("http://line.example/debian");
});

test("a machine whose apt knows no Debian suite is told to name a mirror", () => {
  const root = aptFolder({ "sources.list": "deb http://vendor.example/repo noble main\n" });
  expect(() => findMirror(root)).toThrow("want a source of a Debian suite with main, got none; give --mirror=URL");
});

test("a disabled source is none", () => {
  const text = "Enabled: no\nTypes: deb\nURIs: http://off.example\nSuites: sid\nComponents: main\n";
  expect(() => findMirror(aptFolder({ "sources.list.d/off.sources": text }))).toThrow("got none");
});

test("a stanza ends at an empty line, and a value goes on in lines that begin with a space", () => {
  const [first, second] = [...parseStanzas("A: 1\nB: x\n y\n\n\nA: 2\n")];
  expect(Object.fromEntries(first ?? [])).toEqual({ A: "1", B: "x y" });
  expect(Object.fromEntries(second ?? [])).toEqual({ A: "2" });
});
