/** The package for npm, and the documents that other packages take from it. */

import { cpSync, existsSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { writeManifests } from "./application.ts";
import { run } from "./command.ts";
import { normaliseTree } from "./tree.ts";

/** Where what package.json names under `files` is, besides the compiled program. */
const sources = ["docs", "deploy", "dashboards/generated", "README.md", "CHANGELOG.md", "LICENSE"];

interface Packed {
  readonly filename: string;
}

/**
 * Packs the program. What it depends on directly is of one version each. An npm-shrinkwrap.json would name the others', and npm does not
 * heed one in a file that is installed.
 *
 * @param folder is made, for what is packed
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

/** Takes from the package what is for people: documents, examples, manifests, dashboards. */
export async function unpackDocuments(packed: string, folder: string): Promise<void> {
  const aside = `${folder}.aside`;
  mkdirSync(aside, { recursive: true });
  const programs = ["package/dist", "package/package.json"];
  await run("tar", ["-xzf", packed, "-C", aside, ...programs.map((path) => `--exclude=${path}`)]);
  renameSync(join(aside, "package"), folder);
}
