/** Makes the .deb with dpkg-deb: the tarball's tree below /usr/lib, the unit, the configuration and the user. */

import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readManifest } from "./application.ts";
import { run } from "./command.ts";
import { debFileName, formatControl, formatCopyright, formatSums } from "./debian-control.ts";
import type { Processor } from "./processor.ts";
import { listFiles, normaliseTree } from "./tree.ts";

/** Where the package installs files of the project. */
const units = {
  "usr/lib/systemd/system/taskstats-exporter.service": "deploy/systemd/taskstats-exporter.service",
  "usr/lib/systemd/system/taskstats-exporter.socket": "deploy/systemd/taskstats-exporter.socket",
  "usr/lib/sysusers.d/taskstats-exporter.conf": "deploy/systemd/sysusers.conf",
} as const;

/** Files that the administrator may change: an upgrade asks before it replaces them. */
const configuration = {
  "etc/default/taskstats-exporter": "deploy/debian/default",
  "etc/taskstats-exporter/config.yaml": "deploy/debian/config.yaml",
  "etc/sysctl.d/60-taskstats-exporter.conf": "deploy/debian/sysctl.conf",
} as const;

const scripts = ["postinst", "prerm", "postrm"];

/** The folders of the tarball's tree that go below /usr/lib. All others are documents. */
const programs = ["bin", "lib"];

function place(root: string, path: string, from: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  cpSync(from, join(root, path), { recursive: true, verbatimSymlinks: true });
}

/** Copies the tarball's tree to the paths that Debian wants. */
function layRelease(root: string, release: string): void {
  const home = join(root, "usr/lib/taskstats-exporter");
  const documents = join(root, "usr/share/doc/taskstats-exporter");
  place(root, "usr/share/doc/taskstats-exporter", release);
  mkdirSync(home, { recursive: true });
  for (const name of programs) renameSync(join(documents, name), join(home, name));
  mkdirSync(join(root, "usr/bin"), { recursive: true });
  symlinkSync("../lib/taskstats-exporter/bin/taskstats-exporter", join(root, "usr/bin/taskstats-exporter"));
  const licences = join(documents, "THIRD-PARTY-LICENSES.txt");
  writeFileSync(join(documents, "copyright"), formatCopyright(readFileSync(licences, "utf8")));
  for (const name of ["THIRD-PARTY-LICENSES.txt", "LICENSE"]) rmSync(join(documents, name));
}

const md5 = (path: string): string => createHash("md5").update(readFileSync(path)).digest("hex");

/** Writes DEBIAN/. All other files must be there, since it has their sums. */
function describe(root: string, project: string, architecture: string): void {
  const { version, description } = readManifest(project);
  const files = listFiles(root);
  const kib = files.reduce((sum, path) => sum + Math.ceil(statSync(join(root, path)).size / 1024), 0);
  const debian = join(root, "DEBIAN");
  mkdirSync(debian);
  const conffiles = Object.keys(configuration);
  const sums = files.filter((path) => !conffiles.includes(path)).map((path) => [path, md5(join(root, path))] as const);
  const texts = {
    control: formatControl({ version, architecture, description, installedKib: kib }),
    conffiles: conffiles.map((path) => `/${path}\n`).join(""),
    md5sums: formatSums(sums),
  };
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(debian, name), text);
  for (const name of scripts) cpSync(join(project, "deploy/debian", name), join(debian, name));
}

export interface DebOptions {
  readonly project: string;
  /** The tree of the tarball. */
  readonly release: string;
  readonly processor: Processor;
  /** Folder of packages. */
  readonly output: string;
  readonly epochSeconds: number;
}

/** @param root a folder to make, for the packed files. @returns the path of the package */
export async function writeDeb(root: string, options: DebOptions): Promise<string> {
  const { project, release, processor, output, epochSeconds } = options;
  layRelease(root, release);
  for (const [path, source] of Object.entries({ ...units, ...configuration })) place(root, path, join(project, source));
  describe(root, project, processor.debian);
  normaliseTree(root, epochSeconds);
  const file = join(output, debFileName(readManifest(project).version, processor.debian));
  // With several threads, xz cuts the data by their number, so that the bytes depend on the machine.
  const flags = ["--root-owner-group", "-Zxz", "-z1", "--threads-max=1", "--build"];
  await run("dpkg-deb", [...flags, root, file], { env: { SOURCE_DATE_EPOCH: String(epochSeconds) } });
  return file;
}
