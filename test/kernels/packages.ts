/** Debian's kernel packages: finds the newest of a suite, downloads it once, and takes the kernel out of it. */

import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { parseStanzas } from "./apt.ts";

/** A kernel that is looked for. */
export interface Wanted {
  readonly suite: string;
  /** The package's name; its first group is the kernel's release. */
  readonly pattern: RegExp;
}

/** The kernels that are booted, oldest first: the cloud flavour has what is needed built in. */
export const wantedKernels: readonly Wanted[] = [
  { suite: "bullseye", pattern: /^linux-image-(5\.10\.\S+-cloud-amd64)$/ },
  { suite: "bookworm", pattern: /^linux-image-(6\.1\.\S+-cloud-amd64)$/ },
  { suite: "trixie", pattern: /^linux-image-(6\.12\.\S+-cloud-amd64)$/ },
  { suite: "sid", pattern: /^linux-binary-(\d\S+-cloud-amd64)$/ },
];

/** A kernel package of a mirror. */
export interface KernelPackage {
  readonly suite: string;
  readonly name: string;
  readonly release: string;
  /** Debian's version: `6.12.107-1`. */
  readonly version: string;
  /** Below the mirror's root. */
  readonly path: string;
  readonly sha256: string;
}

async function download(url: string): Promise<Buffer> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: want it, got status ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}

const isNewer = (version: string, than: string): boolean =>
  spawnSync("dpkg", ["--compare-versions", version, "gt", than]).status === 0;

/** Picks the newest package of a Packages index. @returns undefined where there is none */
export function pickNewest(index: string, { suite, pattern }: Wanted): KernelPackage | undefined {
  let newest: KernelPackage | undefined;
  for (const fields of parseStanzas(index)) {
    const name = fields.get("Package") ?? "";
    const release = pattern.exec(name)?.[1];
    const version = fields.get("Version") ?? "";
    if (release === undefined || (newest !== undefined && !isNewer(version, newest.version))) continue;
    newest = { suite, name, release, version, path: fields.get("Filename") ?? "", sha256: fields.get("SHA256") ?? "" };
  }
  return newest;
}

/** @throws Error where the mirror has no such package */
export async function findKernelPackage(mirror: string, wanted: Wanted): Promise<KernelPackage> {
  const url = `${mirror}/dists/${wanted.suite}/main/binary-amd64/Packages.gz`;
  const found = pickNewest(gunzipSync(await download(url)).toString(), wanted);
  if (found === undefined) throw new Error(`${url}: want a package ${wanted.pattern.source}, got none`);
  return found;
}

const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

/** Downloads a package unless the cache has it. @returns its path. @throws Error where its SHA256 is not the index's */
async function fetchPackage(mirror: string, cache: string, { path, sha256: want }: KernelPackage): Promise<string> {
  const file = join(cache, `${want}.deb`);
  if (existsSync(file) && sha256(readFileSync(file)) === want) return file;
  const url = `${mirror}/${path}`;
  const bytes = await download(url);
  const got = sha256(bytes);
  if (got !== want) throw new Error(`${url}: want SHA256 ${want}, got ${got}`);
  writeFileSync(`${file}.part`, bytes);
  renameSync(`${file}.part`, file);
  return file;
}

/** Debian puts the kernel into /boot, and in packages of 2026 on beside its modules. */
function findVmlinuz(root: string, release: string): string {
  const candidates = [
    `boot/vmlinuz-${release}`,
    `usr/lib/modules/${release}/vmlinuz`,
    `lib/modules/${release}/vmlinuz`,
  ];
  const found = candidates.map((path) => join(root, path)).find((path) => existsSync(path));
  if (found === undefined) throw new Error(`${root}: want vmlinuz of ${release}, got ${readdirSync(root).join(", ")}`);
  return found;
}

/** The kernel of a package, downloaded and unpacked where the cache does not have it. @returns its path */
export async function fetchKernel(mirror: string, cache: string, found: KernelPackage): Promise<string> {
  const kernel = join(cache, `vmlinuz-${found.sha256.slice(0, 16)}`);
  if (existsSync(kernel)) return kernel;
  mkdirSync(cache, { recursive: true });
  const deb = await fetchPackage(mirror, cache, found);
  const aside = join(cache, `unpacked-${process.pid}`);
  try {
    execFileSync("dpkg-deb", ["-x", deb, aside]);
    renameSync(findVmlinuz(aside, found.release), kernel);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
  return kernel;
}
