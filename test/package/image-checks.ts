/** Checks the image: podman runs it for this processor, and QEMU's user mode runs the unpacked image of the other one. */

import { equal, match, ok } from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runContainer, startContainer, stopContainer, type Privileges } from "../e2e/image/container.ts";
import { run } from "../support/command.ts";
import { runProgram } from "../support/program.ts";
import type { Check } from "./check.ts";

/** The file, and podman's name of the loaded image. */
export interface LoadedImage {
  readonly file: string;
  readonly name: string;
  readonly container: string;
  readonly version: string;
}

const privileges: Privileges = { uid: 65532, netAdmin: "held", noNewPrivileges: true };

async function servesAsOrdinaryUser({ name, container }: LoadedImage): Promise<void> {
  const running = await startContainer({ image: name, name: container, privileges, args: [] });
  try {
    const page = await running.program.scrape();
    equal(page.value("taskstats_exporter_exit_listener_up"), 1);
    ok(page.sum("taskstats_processes") > 1, "the host's processes");
    match(readFileSync(`/proc/${running.pid}/status`, "utf8"), /^Uid:\t65532\t[^]*^CapEff:\t0000000000001000$/m);
  } finally {
    equal(await stopContainer(running), 0);
  }
}

async function saysItsVersion({ name, container, version }: LoadedImage): Promise<void> {
  const { stdout } = await runContainer({ image: name, name: container, privileges, args: ["--version"] });
  match(stdout, new RegExp(`^taskstats-exporter ${version} `));
  const label = '{{index .Labels "org.opencontainers.image.version"}}';
  equal(await run("podman", ["image", "inspect", `--format=${label}`, name]), version);
}

export const imageChecks: readonly Check<LoadedImage>[] = [
  { title: "says its version", verify: saysItsVersion },
  {
    title: "serves as an ordinary user, by the capability of its node, and receives exit events",
    verify: servesAsOrdinaryUser,
  },
];

/** The root of the arm64 image, unpacked. */
export interface ForeignRoot {
  readonly root: string;
  /** The tarball of the same processor, unpacked. */
  readonly release: string;
  readonly version: string;
}

/** The emulator, and the root in which it finds libraries. */
const emulate = (root: string): string[] => ["qemu-aarch64-static", "-L", root];

async function runsEmulated({ root, release, version }: ForeignRoot): Promise<void> {
  const says = new RegExp(`^taskstats-exporter ${version} `);
  const places = [
    { node: join(root, "usr/bin/node"), main: join(root, "app/dist/main.js") },
    { node: join(release, "lib/node"), main: join(release, "lib/taskstats-exporter") },
  ];
  for (const installed of places) {
    const { stdout } = await runProgram(["--version"], { through: emulate(root), installed });
    match(stdout, says);
  }
}

/** The emulator has no generic netlink. It is the native packages that report that, so they have been loaded. */
async function loadsNatives({ root }: ForeignRoot): Promise<void> {
  const installed = { node: join(root, "usr/bin/node"), main: join(root, "app/dist/main.js") };
  const { stderr } = await runProgram(["query", "--tgid=1"], { through: emulate(root), installed });
  match(stderr, /^taskstats-exporter: (?:SOCKET_FAILED|FAMILY_MISSING) at /);
}

export const foreignChecks: readonly Check<ForeignRoot>[] = [
  { title: "image and tarball for arm64 say their version, run by QEMU's user mode", verify: runsEmulated },
  { title: "the native packages for arm64 load", verify: loadsNatives },
];

interface Manifest {
  readonly layers: readonly { readonly digest: string }[];
}

interface Index {
  readonly manifests: readonly { readonly digest: string; readonly platform?: { readonly architecture: string } }[];
}

/** Unpacks the layers of an image for another processor. */
export async function unpackImage(file: string, architecture: string, folder: string): Promise<string> {
  const [layout, root] = [join(folder, "layout"), join(folder, "root")];
  for (const path of [layout, root]) mkdirSync(path, { recursive: true });
  await run("tar", ["-xf", file, "-C", layout]);
  const pathOf = (digest: string): string => join(layout, "blobs", digest.replace(":", "/"));
  const read = (path: string): unknown => JSON.parse(readFileSync(path, "utf8"));
  const [index] = (read(join(layout, "index.json")) as Index).manifests;
  const all = (read(pathOf(index?.digest ?? "")) as Index).manifests;
  const own = all.find(({ platform }) => platform?.architecture === architecture);
  const { layers } = read(pathOf(own?.digest ?? "")) as Manifest;
  for (const { digest } of layers) await run("tar", ["-xzf", pathOf(digest), "-C", root]);
  return root;
}
