/** Keeps inputs that once broke a property: a file for each, in a folder for each target. */

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";

const root = fileURLToPath(new URL("./corpus", import.meta.url));

export function readCorpus(target: string): readonly { readonly file: string; readonly input: Uint8Array }[] {
  const folder = join(root, target);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((file) => ({ file, input: readFileSync(join(folder, file)) }));
}

/** The targets that have a folder. */
export const corpusTargets = (): readonly string[] => (existsSync(root) ? readdirSync(root) : []);

/** @returns the file's path */
export function keepFind(target: string, input: Uint8Array): string {
  const folder = join(root, target);
  mkdirSync(folder, { recursive: true });
  const path = join(folder, createHash("sha256").update(input).digest("hex").slice(0, 12));
  writeFileSync(path, input);
  return path;
}
