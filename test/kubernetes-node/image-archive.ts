/** An image of one layer, made of a folder: the archive that `docker save` writes and every runtime reads. */

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../support/command.ts";

export interface ImageOptions {
  /** `localhost/pause:1` */
  readonly name: string;
  /** The folder that becomes the image's root. */
  readonly root: string;
  readonly entrypoint: readonly string[];
  /** The archive to write. */
  readonly file: string;
}

const sha256 = (bytes: Buffer | string): string => createHash("sha256").update(bytes).digest("hex");

export async function writeImageArchive({ name, root, entrypoint, file }: ImageOptions): Promise<void> {
  const folder = `${file}.d`;
  mkdirSync(folder, { recursive: true });
  const layer = join(folder, "layer.tar");
  await run("tar", ["-c", "--sort=name", "--numeric-owner", "--owner=0", "--group=0", "-C", root, "-f", layer, "."]);
  const configuration = JSON.stringify({
    architecture: process.arch === "x64" ? "amd64" : process.arch,
    os: "linux",
    config: { Entrypoint: entrypoint },
    rootfs: { type: "layers", diff_ids: [`sha256:${sha256(readFileSync(layer))}`] },
  });
  const config = `${sha256(configuration)}.json`;
  writeFileSync(join(folder, config), configuration);
  const manifest = [{ Config: config, RepoTags: [name], Layers: ["layer.tar"] }];
  writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest));
  await run("tar", ["-c", "-C", folder, "-f", file, "manifest.json", config, "layer.tar"]);
  rmSync(folder, { recursive: true });
}
