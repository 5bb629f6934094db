/** Checks the tarballs: unpacks and runs them, and compares them with their own bill of materials. */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Check } from "./check.ts";
import type { Figures } from "./guest/check.ts";
import { saysItsVersion, servesAndCounts } from "./installed.ts";

/** Where a tarball was unpacked. */
export interface Unpacked {
  readonly root: string;
  readonly version: string;
}

interface Bom {
  readonly components: readonly {
    readonly type: string;
    readonly name: string;
    readonly version?: string;
    readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
  }[];
}

const readBom = (path: string): Bom => JSON.parse(readFileSync(path, "utf8")) as Bom;

const commandOf = ({ root }: Unpacked): string => join(root, "bin/taskstats-exporter");

/** With this PATH the tarball's node is the only one. */
const bareEnvironment = { PATH: "/usr/bin:/bin" };

/** Whether a file is a program or library: all begin with ELF. */
const isElf = (path: string): boolean => readFileSync(path).subarray(0, 4).equals(Buffer.from("\x7fELF", "latin1"));

function filesBelow(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .map((path) => join(root, path))
    .filter((path) => statSync(path).isFile());
}

/** The bill has each native binary with its sum, and no other file. */
export function listsNatives({ root }: Unpacked): Figures {
  const { components } = readBom(join(root, "sbom.cdx.json"));
  const listed = components.filter(({ type }) => type === "file");
  const sums = listed.map(({ name, hashes = [] }) => `${hashes.map(({ content }) => content).join()} ${name}`);
  const natives = filesBelow(root).filter(isElf);
  const expected = natives.map((path) => {
    const sum = createHash("sha256").update(readFileSync(path)).digest("hex");
    return `${sum} ${path.slice(root.length + 1)}`;
  });
  deepEqual(sums.sort(), expected.sort());
  return { "native binaries": natives.length, components: components.length };
}

function bringsLicences({ root }: Unpacked): void {
  const text = readFileSync(join(root, "THIRD-PARTY-LICENSES.txt"), "utf8");
  const { components } = readBom(join(root, "sbom.cdx.json"));
  const missing = components
    .filter(({ type, version }) => type !== "file" && version !== undefined)
    .filter(({ name, version = "" }) => !text.includes(`\n${name} ${version} (`));
  deepEqual(missing, []);
  match(text, /V8, located at deps\/v8/);
}

function needsNoCompiler({ root }: Unpacked): void {
  ok(!existsSync(join(root, "lib/app/node_modules/typescript")), "TypeScript");
  ok((statSync(join(root, "lib/app/dist/main.js")).mode & 0o111) !== 0, "dist/main.js is executable");
  equal(filesBelow(join(root, "lib/app")).filter((path) => path.endsWith(".ts")).length, 0, "types");
}

export const tarballChecks: readonly Check<Unpacked>[] = [
  { title: "says its version", verify: (what) => saysItsVersion([commandOf(what)], what.version) },
  {
    title: "serves where it is unpacked, by its own node, and counts short-lived processes",
    verify: (what) => servesAndCounts([commandOf(what)], bareEnvironment),
  },
  { title: "its bill of materials has each native binary with its sum", verify: listsNatives },
  { title: "brings the licence of each component", verify: bringsLicences },
  { title: "brings no compiler and no types, and dist/main.js is executable", verify: needsNoCompiler },
];
