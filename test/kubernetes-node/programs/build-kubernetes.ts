/**
 * Builds Kubernetes 1.20.2, the whole of it that Debian has: the source package of bookworm, by the compiler of bullseye
 * (that of bookworm makes an API server that crashes on custom resources). Some minutes on two cores, and 3 GB meanwhile.
 */

import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../support/command.ts";
import { unpackPackages, unpackSource, type Archive } from "../../debian/packages.ts";

/** The programs of Kubernetes that a node and its control plane need. */
const commands = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kubectl"] as const;

/** What the programs say of themselves; an archive does not know its version. */
const version = { gitVersion: "v1.20.2", gitMajor: "1", gitMinor: "20" };
const versionPackages = ["component-base/version", "client-go/pkg/version"];

function linkerFlags(): string {
  const settings = versionPackages.flatMap((name) =>
    Object.entries(version).map(([key, value]) => `-X k8s.io/kubernetes/vendor/k8s.io/${name}.${key}=${value}`),
  );
  return ["-s -w", ...settings].join(" ");
}

/** The build copies what it has built with rsync(1), and needs no more of it than this. */
function standInForRsync(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "rsync");
  writeFileSync(file, '#!/bin/sh\n# rsync -pc FROM TO\nexec cp -p "$2" "$3"\n');
  chmodSync(file, 0o755);
}

/** The tree as a Go workspace: its own vendor folder has all that it imports. */
function makeWorkspace(tree: string): string {
  const workspace = join(tree, ".go");
  mkdirSync(join(workspace, "src/k8s.io"), { recursive: true });
  symlinkSync("../../..", join(workspace, "src/k8s.io/kubernetes"));
  return workspace;
}

export interface BuildOptions {
  readonly archive: Archive;
  /** A folder of its own, removed when all is built; what was compiled before an interruption is used again. */
  readonly folder: string;
  /** Where the programs are put. */
  readonly programs: string;
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

async function compile(tree: string, { folder, programs, signal }: BuildOptions): Promise<void> {
  const root = join(folder, "compiler/usr/lib/go-1.15");
  const env = {
    ...{ PATH: `${join(folder, "stand-ins")}:${join(root, "bin")}:${process.env["PATH"] ?? ""}` },
    ...{ HOME: folder, GOROOT: root, GOCACHE: join(folder, "compiled") },
    ...{ GO111MODULE: "off", CGO_ENABLED: "0", GOFLAGS: "" },
  };
  // Generated files are in the source but for the description of the API.
  await run("nice", ["make", "gen_openapi"], { cwd: tree, env, signal });
  const workspace = makeWorkspace(tree);
  const packages = commands.map((name) => `k8s.io/kubernetes/cmd/${name}`);
  const args = ["go", "build", "-ldflags", linkerFlags(), "-o", `${programs}/`, ...packages];
  await run("nice", args, { env: { ...env, GOPATH: workspace }, signal });
}

/** @throws Error with the compiler's last lines */
export async function buildKubernetes(options: BuildOptions): Promise<void> {
  const { archive, folder, programs, say } = options;
  const tree = join(folder, "kubernetes");
  rmSync(tree, { recursive: true, force: true });
  say("  fetching the source of Kubernetes and its compiler");
  await unpackSource(archive, { suite: "bookworm", name: "kubernetes", root: tree });
  const names = ["golang-1.15-go", "golang-1.15-src"];
  await unpackPackages(archive, { suite: "bullseye", names, root: join(folder, "compiler") });
  standInForRsync(join(folder, "stand-ins"));
  say("  building Kubernetes: four and a half minutes on two idle cores");
  await compile(tree, options);
  await run("cc", ["-Os", "-static", "-o", join(programs, "pause"), join(tree, "build/pause/linux/pause.c")]);
  rmSync(folder, { recursive: true, force: true });
}
