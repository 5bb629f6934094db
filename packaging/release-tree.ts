/** Makes the tree of a tarball: the program with its own node, which runs from any folder, and documents. */

import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readManifest, stageApplication } from "./application.ts";
import { formatLicences, readLicences, type Licensed } from "./licences.ts";
import { fetchNode } from "./node-binary.ts";
import { unpackDocuments } from "./npm-package.ts";
import type { Processor } from "./processor.ts";
import { completeBom, describeComponent, type Bom, type Component, type NativeFile } from "./sbom.ts";
import { listFiles } from "./tree.ts";

export interface ReleaseOptions {
  readonly project: string;
  /** The compiled program. */
  readonly built: string;
  /** The package for npm. */
  readonly packed: string;
  readonly processor: Processor;
  readonly epochSeconds: number;
}

/** A tree, and the parts of its bill of materials, for packages that are made of it. */
export interface ReleaseTree {
  readonly root: string;
  readonly bom: Bom;
  readonly licences: readonly Licensed[];
  /** Node as a component. */
  readonly nodeComponent: Component;
}

/** Whether a file is a native binary, by its name. */
const isNative = (path: string): boolean => path.endsWith(".node") || path.endsWith("lib/node");

/** The native binaries below a folder, with their sums. */
export function readNatives(root: string, isWanted = isNative): NativeFile[] {
  const paths = listFiles(root).filter(isWanted);
  return paths.map((path) => ({
    path,
    sha256: createHash("sha256")
      .update(readFileSync(join(root, path)))
      .digest("hex"),
  }));
}

async function addNode(lib: string, { project, processor }: ReleaseOptions, aside: string) {
  const { path, version, licence } = await fetchNode(project, aside, processor);
  cpSync(path, join(lib, "node"));
  const purl = `pkg:npm/node-linux-${processor.node}@${version}`;
  const component = describeComponent(purl, { type: "application", name: "node", version, licence: "MIT" });
  const licensed = { name: "node", version, licence: "MIT, and those of its parts", text: licence.trim() };
  return { component, licensed };
}

/** @param root a folder to make */
export async function stageRelease(root: string, options: ReleaseOptions): Promise<ReleaseTree> {
  const { project, packed, epochSeconds } = options;
  const lib = join(root, "lib");
  await unpackDocuments(packed, root);
  mkdirSync(lib);
  const bom = (await stageApplication(join(lib, "app"), options)) as Bom;
  const { component, licensed } = await addNode(lib, options, `${root}.node`);
  symlinkSync("app/dist/main.js", join(lib, "taskstats-exporter"));
  mkdirSync(join(root, "bin"));
  cpSync(join(project, "packaging/taskstats-exporter.sh"), join(root, "bin/taskstats-exporter"));
  const licences = [...readLicences(join(lib, "app")), licensed];
  writeFileSync(join(root, "THIRD-PARTY-LICENSES.txt"), formatLicences(licences));
  const { name, version } = readManifest(project);
  const described = { application: { name, version }, others: [component], natives: readNatives(root), epochSeconds };
  writeFileSync(join(root, "sbom.cdx.json"), completeBom(bom, described));
  return { root, bom, licences, nodeComponent: component };
}
