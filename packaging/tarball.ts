/** Archives that are the same whoever makes them, and when. */

import { writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { readFileSync, rmSync } from "node:fs";
import { run } from "./command.ts";
import { normaliseTree } from "./tree.ts";

/** Level of compression: the next ones take twice the time for a hundredth of the size. */
const level = 6;

/** gzip without a name and a time. */
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
