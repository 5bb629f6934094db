/** Fetches Node.js for a processor from npm's packages, whose sums are in packaging/node/package-lock.json. */

import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { installLocked } from "./application.ts";
import type { Processor } from "./processor.ts";

export interface NodeBinary {
  /** Path of the program. */
  readonly path: string;
  readonly version: string;
  /** Node's own licence and those of all that is compiled into it. */
  readonly licence: string;
}

/** @param folder a folder to make, for the files that are returned */
export async function fetchNode(project: string, folder: string, processor: Processor): Promise<NodeBinary> {
  cpSync(join(project, "packaging/node"), folder, { recursive: true });
  cpSync(join(project, ".npmrc"), join(folder, ".npmrc"));
  await installLocked(folder, processor);
  const root = join(folder, `node_modules/node-linux-${processor.node}`);
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { readonly version: string };
  return { path: join(root, "bin/node"), version, licence: readFileSync(join(root, "LICENSE"), "utf8") };
}
