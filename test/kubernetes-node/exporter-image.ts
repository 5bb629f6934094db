/** The exporter's image: the shipped Dockerfile, built as `npm run test:image` does. */

import { buildImage } from "../e2e/image/build.ts";

export interface ExporterImageOptions {
  /** Where the archive is written. */
  readonly folder: string;
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

/** What a kubelet calls the image of the shipped manifests. */
const name = "docker.io/library/taskstats-exporter:0.1.0";

/** @returns the path of an archive that containerd loads */
export async function buildExporterImage({ folder, say, signal }: ExporterImageOptions): Promise<string> {
  const { archive } = await buildImage({ folder, name, say: (text) => say(`  ${text}`), signal });
  return archive;
}
