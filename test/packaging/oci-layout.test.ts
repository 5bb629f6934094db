import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { expect, test } from "@jest/globals";
import { encodeImage, type ProcessorImage } from "../../packaging/oci-layout.ts";
import { spawnSync } from "../support/processes.ts";

const layer = (text: string): ProcessorImage["layers"][number] => {
  const archive = Buffer.from(text);
  return { title: text, archive, compressed: gzipSync(archive) };
};

const options = {
  ...{ name: "taskstats-exporter:1", user: "65532:65532", port: 10275, entrypoint: ["/usr/bin/node"], epochSeconds: 0 },
  labels: { "org.opencontainers.image.version": "1" },
};

const image = encodeImage(
  [
    { architecture: "amd64", layers: [layer("shared"), layer("of amd64")] },
    { architecture: "arm64", layers: [layer("shared"), layer("of arm64")] },
  ],
  options,
);

function read(path: string): Buffer {
  const { stdout } = spawnSync("tar", ["-xO", "-f", "-", path], { input: image });
  return stdout;
}

interface Descriptor {
  readonly digest: string;
  readonly size: number;
  readonly platform?: { readonly architecture: string };
}

/** With its sum checked. */
function blob({ digest, size }: Descriptor): Buffer {
  const bytes = read(`blobs/${digest.replace(":", "/")}`);
  expect(`sha256:${createHash("sha256").update(bytes).digest("hex")}`).toBe(digest);
  expect(bytes.length).toBe(size);
  return bytes;
}

const json = (bytes: Buffer): unknown => JSON.parse(bytes.toString());
interface Manifest {
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

const manifestsOf = (bytes: Buffer): readonly Descriptor[] =>
  (json(bytes) as { readonly manifests: readonly Descriptor[] }).manifests;

test("a reader finds the image of its processor, from the index to the bytes of each layer", () => {
  const [index] = manifestsOf(read("index.json"));
  const images = manifestsOf(blob(index as Descriptor));
  expect(images.map(({ platform }) => platform?.architecture)).toEqual(["amd64", "arm64"]);
  const manifest = json(blob(images[1] as Descriptor)) as Manifest;
  const layers = manifest.layers.map((one) => gunzipSync(blob(one)));
  expect(layers.map(String)).toEqual(["shared", "of arm64"]);
  const config = json(blob(manifest.config)) as { readonly rootfs: { readonly diff_ids: readonly string[] } };
  expect(config).toMatchObject({ architecture: "arm64", os: "linux", config: { User: "65532:65532" } });
  expect(config.rootfs.diff_ids).toEqual(
    layers.map((bytes) => `sha256:${createHash("sha256").update(bytes).digest("hex")}`),
  );
});
