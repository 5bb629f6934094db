/**
 * Makes the image that deploy/docker/Dockerfile describes, for all processors. It needs no container engine and no
 * emulation, since no program of the image is run. The layers are Debian's libraries, node with its capability, and
 * the program.
 */

import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readManifest } from "./application.ts";
import { youngGenerationFlag } from "../src/heap.ts";
import { addLibraries } from "./image-libraries.ts";
import { encodeImage, type Layer, type ProcessorImage } from "./oci-layout.ts";
import type { Processor } from "./processor.ts";
import { readNatives, type ReleaseTree } from "./release-tree.ts";
import { completeBom } from "./sbom.ts";
import { encodeArchive } from "./tar-entry.ts";
import { archiveTree, compress } from "./tarball.ts";

/**
 * cap_net_admin+ep as the kernel keeps it on a file. Source: struct vfs_cap_data of include/uapi/linux/capability.h, revision 2:
 * magic with the effective bit, then permitted and inheritable, lower and upper half.
 */
function encodeNetAdmin(): Uint8Array {
  const data = new DataView(new ArrayBuffer(20));
  data.setUint32(0, 0x0200_0001, true);
  data.setUint32(4, 1 << 12, true);
  return new Uint8Array(data.buffer);
}

const layerOf = (title: string, archive: Buffer): Layer => ({ title, archive, compressed: compress(archive) });

/** node has the capability as a file attribute; the README says why an ordinary user needs that. */
function nodeLayer(release: ReleaseTree, epochSeconds: number): Layer {
  const content = readFileSync(join(release.root, "lib/node"));
  const attributes = { "security.capability": encodeNetAdmin() };
  const folders = ["usr/", "usr/bin/"].map((path) => ({ path, mode: 0o755, epochSeconds }));
  const node = { path: "usr/bin/node", mode: 0o755, epochSeconds, content, attributes };
  return layerOf("node, with cap_net_admin+ep", encodeArchive([...folders, node]));
}

interface ImageParts {
  readonly project: string;
  readonly release: ReleaseTree;
  readonly processor: Processor;
  readonly epochSeconds: number;
}

/** Copies the program and the licences into the layer. */
function layProgram(root: string, { project, release }: ImageParts): void {
  mkdirSync(join(root, "app"), { recursive: true });
  cpSync(join(release.root, "lib/app"), join(root, "app"), { recursive: true });
  cpSync(join(project, "LICENSE"), join(root, "app/LICENSE"));
  cpSync(join(release.root, "THIRD-PARTY-LICENSES.txt"), join(root, "app/THIRD-PARTY-LICENSES.txt"));
}

async function buildImage(folder: string, parts: ImageParts): Promise<{ image: ProcessorImage; bom: string }> {
  const { project, release, processor, epochSeconds } = parts;
  const [system, program] = [join(folder, "system"), join(folder, "program")];
  for (const root of [system, program]) mkdirSync(root, { recursive: true });
  const libraries = await addLibraries(system, join(folder, "apt"), processor);
  layProgram(program, parts);
  const natives = [
    ...readNatives(system, (path) => /\.so(?:\.|$)/.test(path)),
    ...readNatives(program),
    ...readNatives(release.root, (path) => path === "lib/node").map((node) => ({ ...node, path: "usr/bin/node" })),
  ];
  const { name, version } = readManifest(project);
  const others = [release.nodeComponent, ...libraries];
  const bom = completeBom(release.bom, { application: { name, version }, others, natives, epochSeconds });
  writeFileSync(join(program, "app/sbom.cdx.json"), bom);
  const layers = [
    layerOf("libraries of Debian", await archiveTree(system, { name: ".", epochSeconds })),
    nodeLayer(release, epochSeconds),
    layerOf("taskstats-exporter", await archiveTree(program, { name: ".", epochSeconds })),
  ];
  return { image: { architecture: processor.debian, layers }, bom };
}

export interface WriteImageOptions {
  readonly project: string;
  /** The tarballs' trees by processor. */
  readonly releases: readonly (readonly [Processor, ReleaseTree])[];
  /** Folder of packages. */
  readonly output: string;
  readonly epochSeconds: number;
}

/** @param folder a folder to make. @returns the path of the image's file */
export async function writeImage(folder: string, options: WriteImageOptions): Promise<string> {
  const { project, releases, output, epochSeconds } = options;
  const { name, version, description, license } = readManifest(project);
  const images: ProcessorImage[] = [];
  for (const [processor, release] of releases) {
    const parts = { project, release, processor, epochSeconds };
    const { image, bom } = await buildImage(join(folder, processor.debian), parts);
    images.push(image);
    writeFileSync(join(output, `${name}-${version}-image-${processor.debian}.cdx.json`), bom);
  }
  const labels = {
    "org.opencontainers.image.title": name,
    "org.opencontainers.image.description": description,
    "org.opencontainers.image.licenses": license,
    "org.opencontainers.image.version": version,
  };
  const file = join(output, `${name}-${version}-image.tar`);
  const entrypoint = ["/usr/bin/node", youngGenerationFlag, "/app/dist/main.js"];
  const run = { user: "65532:65532", port: 10275, entrypoint };
  writeFileSync(file, encodeImage(images, { ...run, name: `${name}:${version}`, labels, epochSeconds }));
  return file;
}
