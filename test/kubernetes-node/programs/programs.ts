/** The programs of a Kubernetes node, fetched and built once: the second run finds them in the cache. */

import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { buildKubernetes } from "./build-kubernetes.ts";
import { unpackPackages, type Archive } from "../../debian/packages.ts";

/** What is taken of Debian's packages, by the suite that has it in a version that fits. */
const unpacked = [
  { suite: "sid", names: ["etcd-server"], files: ["usr/bin/etcd"] },
  {
    suite: "bookworm",
    names: ["containerd", "runc", "containernetworking-plugins", "busybox-static"],
    files: [
      ...["usr/bin/containerd", "usr/bin/containerd-shim-runc-v2", "usr/bin/ctr", "usr/sbin/runc"],
      ...["usr/lib/cni/loopback", "bin/busybox"],
    ],
  },
] as const;

/** To be raised when what is fetched or built changes: an older cache is then made anew. */
const edition = 1;

async function fillFolder(archive: Archive, programs: string, scratch: string): Promise<void> {
  for (const { suite, names, files } of unpacked) {
    const root = join(scratch, suite);
    await unpackPackages(archive, { suite, names, root });
    for (const file of files) copyFileSync(join(root, file), join(programs, basename(file)));
  }
}

export interface PrepareOptions {
  readonly cache: string;
  /** Asked for only where something has to be fetched. */
  readonly findMirror: () => string;
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

/** @returns the folder of all programs, `pause` and `busybox` for images among them, by their usual names */
export async function preparePrograms({ cache, findMirror, say, signal }: PrepareOptions): Promise<string> {
  const finished = join(cache, `programs-${edition}`);
  if (existsSync(finished)) return finished;
  const programs = join(cache, "programs.part");
  const build = join(cache, "build");
  const archive = { mirror: findMirror(), downloads: join(cache, "downloads") };
  rmSync(programs, { recursive: true, force: true });
  mkdirSync(programs, { recursive: true });
  await fillFolder(archive, programs, join(build, "unpacked"));
  await buildKubernetes({ archive, folder: build, programs, say, signal });
  renameSync(programs, finished);
  rmSync(archive.downloads, { recursive: true });
  return finished;
}
