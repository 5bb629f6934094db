/** Makes the packages by `npm run package`, as a release does. */

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "../support/command.ts";

const project = fileURLToPath(new URL("../..", import.meta.url));

/** The files of one run, by kind. */
export interface Packages {
  readonly folder: string;
  /** @param processor Node's name */
  tarball(processor: "x64" | "arm64"): string;
  deb(processor: "amd64" | "arm64"): string;
  readonly npm: string;
  readonly image: string;
}

/** The packages in a folder. @throws Error where one is missing, or there are several of its kind */
export function findPackages(folder: string): Packages {
  const names = readdirSync(folder);
  const find = (ending: string): string => {
    const found = names.filter((name) => name.endsWith(ending));
    if (found.length !== 1) throw new Error(`${folder}: want one file *${ending}, got ${found.join(", ") || "none"}`);
    return join(folder, found[0] ?? "");
  };
  return {
    folder,
    tarball: (processor) => find(`-linux-${processor}.tar.gz`),
    deb: (processor) => find(`_${processor}.deb`),
    npm: find(".tgz"),
    image: find("-image.tar"),
  };
}

/** Makes the packages in a folder. */
export async function makePackages(folder: string): Promise<Packages> {
  await run("npm", ["run", "--silent", "package", "--", `--output=${folder}`], { cwd: project });
  return findPackages(folder);
}

const sumsOf = (folder: string): ReadonlyMap<string, string> =>
  new Map(
    readdirSync(folder).map((name) => [
      name,
      createHash("sha256")
        .update(readFileSync(join(folder, name)))
        .digest("hex"),
    ]),
  );

/** @throws Error that names the files in which two runs differ */
export function compare(one: string, other: string): { readonly "files of equal bytes": number } {
  const [first, second] = [sumsOf(one), sumsOf(other)];
  const names = [...new Set([...first.keys(), ...second.keys()])];
  const different = names.filter((name) => first.get(name) !== second.get(name));
  if (different.length > 0) throw new Error(`want equal bytes, got others in ${different.join(", ")}`);
  return { "files of equal bytes": names.length };
}
