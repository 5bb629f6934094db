/** Builds deploy/docker/Dockerfile on a base of this machine's own parts, without a registry of images. */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cachedBase } from "./base.ts";
import { run } from "../../support/command.ts";
import { withFolder } from "../../support/cache-folder.ts";
import { npmBuildArguments } from "./npm-config.ts";
import { installTools } from "../../debian/tools.ts";

const project = fileURLToPath(new URL("../../..", import.meta.url));
const dockerfile = join(project, "deploy/docker/Dockerfile");

export interface BuildOptions {
  /** Where the archive is written; the caller removes it. */
  readonly folder: string;
  /** What the archive calls the image. Where a manifest says NAME:TAG, a kubelet looks for docker.io/library/NAME:TAG. */
  readonly name: string;
  /** Told what is done, which takes half a minute, and a minute more where the base is not in the cache. */
  readonly say: (text: string) => void;
  /** Ends the build; what it had made is removed. */
  readonly signal?: AbortSignal;
}

/** An image as a file. */
export interface BuiltImage {
  /** Path of a docker-archive, which `podman load` and `ctr images import` read. */
  readonly archive: string;
}

/** A podman whose images and temporary files are in this folder alone, since a build that is interrupted leaves some. */
function createPodman(folder: string, signal: AbortSignal | undefined): (...args: string[]) => Promise<string> {
  const storage = ["--root", join(folder, "storage"), "--runroot", join(folder, "run"), "--runtime=runc"];
  const temporary = join(folder, "tmp");
  mkdirSync(temporary);
  return (...args) => run("podman", [...storage, ...args], { env: { TMPDIR: temporary }, signal });
}

const baseName = "localhost/base:latest";
const buildFlags = [
  // What is built runs as any other process, without a runtime of containers.
  ...["--isolation=chroot", "--layers=false", "--quiet"],
  ...["--build-arg", `BASE=${baseName}`, "--file", dockerfile],
];

/**
 * Builds the image, as root. It installs the programs that it needs, and leaves nothing but the archive and the cached base.
 *
 * @throws Error with what the step that failed said
 */
export async function buildImage({ folder, name, say, signal }: BuildOptions): Promise<BuiltImage> {
  await installTools(["podman", "runc", "debootstrap"]);
  const archive = join(folder, "image.tar");
  say("base: Debian and this node");
  const base = await cachedBase(signal);
  await withFolder("build", async (own) => {
    const podman = createPodman(own, signal);
    await podman("import", "--quiet", base, baseName);
    say(`build: ${dockerfile}`);
    // The image has no name but its id, which is what is printed: the archive would carry all of its names.
    const built = await podman("build", ...buildFlags, ...(await npmBuildArguments(own)), project);
    await podman("push", "--quiet", built, `docker-archive:${archive}:${name}`);
  });
  return { archive };
}
