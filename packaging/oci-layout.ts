/**
 * An image for several processors as one file, which podman load, skopeo and docker load read. Pure.
 * Source: OCI image-spec 1.0: image-layout.md, image-index.md, manifest.md, config.md.
 */

import { createHash } from "node:crypto";
import { encodeArchive, type Entry } from "./tar-entry.ts";

const types = {
  index: "application/vnd.oci.image.index.v1+json",
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar+gzip",
} as const;

/** A layer, compressed and uncompressed. */
export interface Layer {
  readonly compressed: Uint8Array;
  readonly archive: Uint8Array;
  /** What the layer holds, for people. */
  readonly title: string;
}

export interface ProcessorImage {
  readonly architecture: string;
  /** The lowest layer first. */
  readonly layers: readonly Layer[];
}

export interface ImageOptions {
  /** NAME:TAG */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly user: string;
  readonly port: number;
  readonly entrypoint: readonly string[];
  readonly epochSeconds: number;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const digestOf = (bytes: Uint8Array): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

/** Blobs by their digest. */
type Blobs = Map<string, Uint8Array>;

function addBlob(blobs: Blobs, mediaType: string, bytes: Uint8Array): Descriptor {
  const digest = digestOf(bytes);
  blobs.set(digest, bytes);
  return { mediaType, digest, size: bytes.length };
}

const addJson = (blobs: Blobs, mediaType: string, value: object): Descriptor =>
  addBlob(blobs, mediaType, Buffer.from(JSON.stringify(value)));

function addImage(blobs: Blobs, { architecture, layers }: ProcessorImage, options: ImageOptions): object {
  const { labels, user, port, entrypoint, epochSeconds } = options;
  const created = new Date(epochSeconds * 1000).toISOString();
  const config = addJson(blobs, types.config, {
    created,
    architecture,
    os: "linux",
    config: { User: user, ExposedPorts: { [`${port}/tcp`]: {} }, Entrypoint: entrypoint, Labels: labels },
    rootfs: { type: "layers", diff_ids: layers.map(({ archive }) => digestOf(archive)) },
    history: layers.map(({ title }) => ({ created, created_by: title })),
  });
  const manifest = addJson(blobs, types.manifest, {
    schemaVersion: 2,
    mediaType: types.manifest,
    config,
    layers: layers.map(({ compressed }) => addBlob(blobs, types.layer, compressed)),
    annotations: labels,
  });
  return { ...manifest, platform: { os: "linux", architecture } };
}

/** @returns a tar archive of the layout: one image index, with an image for each processor */
export function encodeImage(images: readonly ProcessorImage[], options: ImageOptions): Buffer {
  const blobs: Blobs = new Map();
  const manifests = images.map((image) => addImage(blobs, image, options));
  const index = addJson(blobs, types.index, { schemaVersion: 2, mediaType: types.index, manifests });
  const annotations = { "org.opencontainers.image.ref.name": options.name };
  const files: readonly (readonly [path: string, content: Uint8Array])[] = [
    ["index.json", Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: [{ ...index, annotations }] }))],
    ["oci-layout", Buffer.from(JSON.stringify({ imageLayoutVersion: "1.0.0" }))],
    ...[...blobs].sort(([a], [b]) => (a < b ? -1 : 1)).map(([digest, bytes]) => [blobPath(digest), bytes] as const),
  ];
  const { epochSeconds } = options;
  const folders: Entry[] = ["blobs/", "blobs/sha256/"].map((path) => ({ path, mode: 0o755, epochSeconds }));
  const entries = files.map(([path, content]) => ({ path, mode: 0o644, epochSeconds, content }));
  return encodeArchive([...folders, ...entries]);
}

const blobPath = (digest: string): string => `blobs/${digest.replace(":", "/")}`;
