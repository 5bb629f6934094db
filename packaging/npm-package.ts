/** Makes the package for npm, and takes from it the documents of the other packages. */

import { cpSync, existsSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { writeManifests } from "./application.ts";
import { run } from "./command.ts";
import { normaliseTree } from "./tree.ts";

/** The folders and files that package.json names under `files`, besides the compiled program. */
const sources = ["docs", "deploy", "dashboards/generated", "README.md", "CHANGELOG.md", "LICENSE"];

interface Packed {
  readonly filename: string;
}

/**
 * Packs the program. package.json names one version of each direct dependency. An npm-shrinkwrap.json could name the
 * indirect ones too, but npm ignores it when a package is installed from a file.
 *
 * @param folder a folder to make, for the packed files
 * @returns the path of the .tgz
 */
export async function packForNpm(
  folder: string,
  { project, built, output, epochSeconds }: PackOptions,
): Promise<string> {
  mkdirSync(folder, { recursive: true });
  writeManifests(project, folder);
  for (const source of sources) cpSync(join(project, source), join(folder, source), { recursive: true });
  cpSync(built, join(folder, "dist"), { recursive: true });
  normaliseTree(folder, epochSeconds);
  const text = await run("npm", ["pack", "--json", `--pack-destination=${output}`], { cwd: folder });
  const [packed] = JSON.parse(text) as readonly Packed[];
  const file = join(output, packed?.filename ?? "");
  if (packed === undefined || !existsSync(file)) throw new Error(`npm pack: want a file, got ${text}`);
  return file;
}

export interface PackOptions {
  readonly project: string;
  /** The compiled program. */
  readonly built: string;
  /** Folder of packages. */
  readonly output: string;
  readonly epochSeconds: number;
}

/** Copies documents, examples, manifests and dashboards out of the package. */
export async function unpackDocuments(packed: string, folder: string): Promise<void> {
  const aside = `${folder}.aside`;
  mkdirSync(aside, { recursive: true });
  const programs = ["package/dist", "package/package.json"];
  await run("tar", ["-xzf", packed, "-C", aside, ...programs.map((path) => `--exclude=${path}`)]);
  renameSync(join(aside, "package"), folder);
}
