/** Debian's Prometheus of a suite, fetched into the cache and unpacked there: nothing is installed. */

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { cacheDirectory } from "../support/cache-folder.ts";
import { findMirror } from "./apt.ts";
import { fetchFile, fetchIndex, pickNewest } from "./archive.ts";

/** As Debian names this machine's processor. */
const architectures: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };

/** @returns the program's path. @throws Error where it cannot be had */
export async function fetchPrometheus(suite: "bookworm" | "sid"): Promise<string> {
  const mirror = findMirror();
  const index = await fetchIndex(mirror, suite, `binary-${architectures[process.arch] ?? process.arch}/Packages`);
  const stanza = pickNewest(index, /^prometheus$/);
  if (stanza === undefined) throw new Error(`${suite}: want the package prometheus, got none`);
  const cache = join(cacheDirectory(), "prometheus");
  const file = await fetchFile(mirror, cache, {
    path: stanza.get("Filename") ?? "",
    sha256: stanza.get("SHA256") ?? "",
  });
  const folder = join(cache, basename(file, ".deb"));
  if (!existsSync(folder)) {
    const aside = `${folder}.part`;
    rmSync(aside, { recursive: true, force: true });
    mkdirSync(aside, { recursive: true });
    execFileSync("dpkg-deb", ["-x", file, aside]);
    renameSync(aside, folder);
  }
  return join(folder, "usr/bin/prometheus");
}
