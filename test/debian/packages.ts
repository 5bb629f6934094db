/**
 * Unpacks Debian packages of several suites and never installs them, so that the machine's own programs stay as they
 * are.
 */

import { mkdirSync } from "node:fs";
import { fetchFile, fetchIndex, pickNewest, type ArchiveFile } from "./archive.ts";
import { run } from "../support/command.ts";

/** Where packages come from and are kept. */
export interface Archive {
  readonly mirror: string;
  /** Folder of downloads. */
  readonly downloads: string;
  /** Reads an index; from the mirror where this is left out. */
  readonly readIndex?: (suite: string, name: string) => Promise<string>;
}

/** A package by its name, of one suite. */
export interface Wanted {
  readonly suite: string;
  readonly name: string;
}

/** Debian's names of architectures by Node's. */
const architectures: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64", riscv64: "riscv64" };

/** The name of a suite's index of packages for this machine. @throws Error where Debian has none */
export function packagesIndex(): string {
  const name = architectures[process.arch];
  if (name === undefined) throw new Error(`want an architecture of Debian, got ${process.arch}`);
  return `binary-${name}/Packages`;
}

const exactly = (name: string): RegExp => new RegExp(`^${name.replace(/[.+]/g, "\\$&")}$`);

function findPackage(index: string, { suite, name }: Wanted): ArchiveFile {
  const stanza = pickNewest(index, exactly(name));
  if (stanza === undefined) throw new Error(`${suite}: want the package ${name}, got none`);
  return { path: stanza.get("Filename") ?? "", sha256: stanza.get("SHA256") ?? "" };
}

/** Unpacks packages of one suite into `root`, over each other. @throws Error where the suite has none of that name */
export async function unpackPackages(
  { mirror, downloads, readIndex = (...index) => fetchIndex(mirror, ...index) }: Archive,
  { suite, names, root }: { readonly suite: string; readonly names: readonly string[]; readonly root: string },
): Promise<void> {
  const index = await readIndex(suite, packagesIndex());
  mkdirSync(root, { recursive: true });
  for (const name of names) {
    const deb = await fetchFile(mirror, downloads, findPackage(index, { suite, name }));
    await run("dpkg-deb", ["-x", deb, root]);
  }
}

/** Unpacks the upstream part of a source package into `root`, without the folder that it begins with. */
export async function unpackSource(
  { mirror, downloads }: Archive,
  { suite, name, root }: Wanted & { readonly root: string },
): Promise<void> {
  const stanza = pickNewest(await fetchIndex(mirror, suite, "source/Sources"), exactly(name));
  const file = /([0-9a-f]{64}) \d+ (\S+\.orig\.tar\.\w+)/.exec(stanza?.get("Checksums-Sha256") ?? "");
  if (stanza === undefined || file === null) throw new Error(`${suite}: want the source of ${name}, got none`);
  const [, sha256 = "", tar = ""] = file;
  const path = `${stanza.get("Directory") ?? ""}/${tar}`;
  mkdirSync(root, { recursive: true });
  const source = await fetchFile(mirror, downloads, { path, sha256 });
  await run("tar", ["-x", "--strip-components=1", "-f", source, "-C", root]);
}
