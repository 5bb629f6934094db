/** Reads a Debian archive: its indexes, the newest package of a name, and downloads whose sum is checked. */

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { parseStanzas } from "./apt.ts";
import { spawnSync } from "../support/processes.ts";

/** Fields of one package's stanza in an index. */
export type Stanza = ReadonlyMap<string, string>;

/** A file of an archive, with the figures that the index has of it. */
export interface ArchiveFile {
  /** Below the mirror's root. */
  readonly path: string;
  readonly sha256: string;
}

/** Enough for the largest file, some 200 MB, at 1 MB/s. */
const downloadTimeoutMs = 200_000;

/** The reason why a fetch failed. The message of `fetch` says little; the error's cause has the network's words. */
const reasonOf = (error: unknown): string => {
  // In a test the error is of another realm, so that `instanceof` does not know it.
  const { message, cause } = error as { readonly message?: string; readonly cause?: { readonly message?: string } };
  return cause?.message ?? message ?? String(error);
};

async function download(url: string): Promise<Buffer> {
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(downloadTimeoutMs) });
    if (response.ok) return Buffer.from(await response.arrayBuffer());
  } catch (error) {
    throw new Error(`${url}: want it, got ${reasonOf(error)}`, { cause: error });
  }
  throw new Error(`${url}: want it, got status ${response.status}`);
}

/** The text of a suite's index; `name` is `binary-amd64/Packages` or `source/Sources`. @throws Error where there is none */
export async function fetchIndex(mirror: string, suite: string, name: string): Promise<string> {
  return gunzipSync(await download(`${mirror}/dists/${suite}/main/${name}.gz`)).toString();
}

const isNewer = (version: string, than: string): boolean =>
  spawnSync("dpkg", ["--compare-versions", version, "gt", than]).status === 0;

const versionOf = (stanza: Stanza): string => stanza.get("Version") ?? "";

/** The stanza of the highest version among packages of such a name. @returns undefined where there is none */
export function pickNewest(index: string, name: RegExp): Stanza | undefined {
  let newest: Stanza | undefined;
  for (const stanza of parseStanzas(index)) {
    if (!name.test(stanza.get("Package") ?? "")) continue;
    if (newest === undefined || isNewer(versionOf(stanza), versionOf(newest))) newest = stanza;
  }
  return newest;
}

const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

/**
 * Downloads a file unless the folder has a file with its sum. @returns its path. @throws Error where its SHA256 is
 * not the index's
 */
export async function fetchFile(mirror: string, folder: string, { path, sha256: want }: ArchiveFile): Promise<string> {
  const file = join(folder, `${want}${extname(path)}`);
  if (existsSync(file) && sha256(readFileSync(file)) === want) return file;
  const url = `${mirror}/${path}`;
  const bytes = await download(url);
  const got = sha256(bytes);
  if (got !== want) throw new Error(`${url}: want SHA256 ${want}, got ${got}`);
  mkdirSync(folder, { recursive: true });
  // Another process may be fetching the same file.
  const part = `${file}.${process.pid}.part`;
  writeFileSync(part, bytes);
  renameSync(part, file);
  return file;
}
