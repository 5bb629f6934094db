/** The licences of all that is shipped, gathered into one text. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { listFiles } from "./tree.ts";

/** One shipped package and its licence. */
export interface Licensed {
  readonly name: string;
  readonly version: string;
  /** The licence's SPDX name. */
  readonly licence: string;
  readonly text: string;
}

interface InstalledManifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** An installed package, and the folder that it is in. */
interface Installed extends InstalledManifest {
  readonly folder: string;
}

/** Where npm installs packages. A package.json deeper inside a package is none. */
const packagePath = /(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/]+\/package\.json$/;

const licenceFile = /^(?:licen[cs]e|copying|notice)(?:[.-].*)?$/i;

function readInstalled(root: string): Installed[] {
  const paths = listFiles(root).filter((path) => packagePath.test(path));
  return paths.map((path) => {
    const manifest = JSON.parse(readFileSync(join(root, path), "utf8")) as InstalledManifest;
    return { ...manifest, folder: join(root, dirname(path)) };
  });
}

function readTexts({ folder }: Installed): string {
  const names = existsSync(folder) ? readdirSync(folder).sort() : [];
  return names
    .filter((name) => licenceFile.test(name))
    .map((name) => readFileSync(join(folder, name), "utf8").trim())
    .join("\n\n");
}

/**
 * Reads the licences of all packages below a folder. A package without a licence text, which is another package's
 * part for one processor, has that package's.
 *
 * @throws Error for a package that has no licence text at all
 */
export function readLicences(root: string): Licensed[] {
  const installed = readInstalled(root);
  return installed.map((own) => {
    const whole = installed.find(({ optionalDependencies }) => own.name in (optionalDependencies ?? {}));
    const text = [own, whole].map((one) => (one === undefined ? "" : readTexts(one))).find((found) => found !== "");
    if (text === undefined) throw new Error(`${own.folder}: want the text of a licence, got none`);
    return { name: own.name, version: own.version, licence: own.license ?? "see below", text };
  });
}

const rule = "-".repeat(80);

/** @returns one text with all licences, in the order of names */
export function formatLicences(all: readonly Licensed[]): string {
  const sorted = [...all].sort((a, b) => (a.name < b.name ? -1 : 1));
  const parts = sorted.map(
    ({ name, version, licence, text }) => `${rule}\n${name} ${version} (${licence})\n\n${text}\n`,
  );
  return `taskstats-exporter itself is under the Apache License 2.0. What is shipped with it:\n\n${parts.join("\n")}`;
}
