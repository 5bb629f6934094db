/** Puts datagrams that a guest captured below test/fixtures. */

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { FixtureFile } from "./report.ts";

const root = fileURLToPath(new URL("../fixtures", import.meta.url));

/** Replaces the folders that these files are in. @throws Error for a path that is not `FOLDER/FILE` */
export function writeFixtures(files: readonly FixtureFile[]): void {
  for (const { path } of files) {
    if (!/^\d+\.\d+-v\d+\/[\w-]+\.(?:hex|json)$/.test(path)) throw new Error(`want a fixture, got ${path}`);
  }
  for (const folder of new Set(files.map(({ path }) => dirname(path)))) {
    rmSync(join(root, folder), { recursive: true, force: true });
    mkdirSync(join(root, folder), { recursive: true });
  }
  for (const { path, text } of files) writeFileSync(join(root, path), text);
}
