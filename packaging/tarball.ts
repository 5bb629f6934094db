/** Makes archives whose bytes depend neither on the user nor on the time. */

import { writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { readFileSync, rmSync } from "node:fs";
import { run } from "./command.ts";
import { normaliseTree } from "./tree.ts";

/** Level of compression: the next levels take twice the time to save one per cent of the size. */
const level = 6;

/** Compresses with gzip, without a file name and a time. */
export const compress = (bytes: Uint8Array): Buffer => gzipSync(bytes, { level });

/** A tar archive of what is in a folder, under `name`, owned by root, in the order of names. */
export async function archiveTree(
  folder: string,
  { name, epochSeconds }: { readonly name: string; readonly epochSeconds: number },
): Promise<Buffer> {
  normaliseTree(folder, epochSeconds);
  const file = `${folder}.tar`;
  const sameForAll = ["--sort=name", `--mtime=@${epochSeconds}`, "--owner=0", "--group=0", "--numeric-owner"];
  const rename = name === "." ? [] : [`--transform=flags=rSH;s,^\\.,${name},`];
  await run("tar", ["--format=gnu", ...sameForAll, ...rename, "-cf", file, "-C", folder, "."]);
  try {
    return readFileSync(file);
  } finally {
    rmSync(file);
  }
}

/** Writes the tree as a compressed archive whose one folder is `name`. */
export async function writeTarball(
  file: string,
  folder: string,
  options: { readonly name: string; readonly epochSeconds: number },
): Promise<void> {
  writeFileSync(file, compress(await archiveTree(folder, options)));
}
