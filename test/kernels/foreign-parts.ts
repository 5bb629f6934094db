/** Makes guests of another processor, from packages for it and libraries of Debian. */

import { chmodSync, copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stageApplication } from "../../packaging/application.ts";
import { addLibraries } from "../../packaging/image-libraries.ts";
import { fetchNode } from "../../packaging/node-binary.ts";
import type { Processor } from "../../packaging/processor.ts";
import { fetchFile, fetchIndex, pickNewest } from "../debian/archive.ts";
import { run } from "../support/command.ts";
import type { GuestParts } from "./guest-parts.ts";

const project = fileURLToPath(new URL("../..", import.meta.url));

/** The suite with the newest static busybox that runs on all kernels here. */
const busyboxSuite = "trixie";

function place(from: string, to: string): void {
  copyFileSync(from, to);
  chmodSync(to, 0o755);
}

/** @param cache for downloads */
export function createForeignParts(processor: Processor, mirror: string, cache: string): GuestParts {
  async function withFolder(use: (folder: string) => Promise<unknown>): Promise<void> {
    const folder = mkdtempSync(join(cache, "parts-"));
    try {
      await use(folder);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  async function fetchBusybox(folder: string): Promise<string> {
    const index = await fetchIndex(mirror, busyboxSuite, `binary-${processor.debian}/Packages`);
    const stanza = pickNewest(index, /^busybox-static$/);
    const file = { path: stanza?.get("Filename") ?? "", sha256: stanza?.get("SHA256") ?? "" };
    await run("dpkg-deb", ["-x", await fetchFile(mirror, cache, file), folder]);
    return join(folder, "usr/bin/busybox");
  }

  return {
    processor: processor.debian,
    compiler: `${processor.triplet}-gcc`,
    addBusybox: (path) => withFolder(async (folder) => place(await fetchBusybox(folder), path)),
    addNode: (root, path) =>
      withFolder(async (folder) => {
        place((await fetchNode(project, join(folder, "node"), processor)).path, path);
        await addLibraries(root, join(folder, "apt"), processor);
      }),
    addExporter: async (folder) => {
      await stageApplication(folder, { project, built: join(project, "dist"), processor });
    },
  };
}
