/** Debian's kernel packages: finds the newest of a suite, downloads it once, and takes the kernel out of it. */

import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fetchFile, fetchIndex, pickNewest, type ArchiveFile } from "../debian/archive.ts";
import { execFileSync } from "../support/processes.ts";

/** A processor by Debian's name. */
export type ProcessorName = "amd64" | "arm64";

/** A kernel to look for. */
export interface Wanted {
  readonly suite: string;
  readonly processor: ProcessorName;
  /** The package's name; its first group is the kernel's release. */
  readonly pattern: RegExp;
}

/** The kernels that are booted, oldest first: the cloud flavour has what is needed built in. */
export const wantedKernels: readonly Wanted[] = [
  { suite: "bullseye", processor: "amd64", pattern: /^linux-image-(5\.10\.\S+-cloud-amd64)$/ },
  { suite: "bookworm", processor: "amd64", pattern: /^linux-image-(6\.1\.\S+-cloud-amd64)$/ },
  { suite: "trixie", processor: "amd64", pattern: /^linux-image-(6\.12\.\S+-cloud-amd64)$/ },
  { suite: "trixie", processor: "arm64", pattern: /^linux-image-(6\.12\.\S+-cloud-arm64)$/ },
  { suite: "sid", processor: "amd64", pattern: /^linux-binary-(\d\S+-cloud-amd64)$/ },
];

/** A kernel package of a mirror. */
export interface KernelPackage extends ArchiveFile {
  readonly suite: string;
  readonly processor: ProcessorName;
  readonly name: string;
  readonly release: string;
  /** Debian's version: `6.12.107-1`. */
  readonly version: string;
}

/** Picks the newest kernel of a Packages index. @returns undefined where there is none */
export function pickKernel(index: string, { suite, processor, pattern }: Wanted): KernelPackage | undefined {
  const stanza = pickNewest(index, pattern);
  if (stanza === undefined) return undefined;
  const field = (key: string): string => stanza.get(key) ?? "";
  const name = field("Package");
  const release = pattern.exec(name)?.[1] ?? "";
  return {
    suite,
    processor,
    name,
    release,
    version: field("Version"),
    path: field("Filename"),
    sha256: field("SHA256"),
  };
}

/** @throws Error where the mirror has no such package */
export async function findKernelPackage(mirror: string, wanted: Wanted): Promise<KernelPackage> {
  const index = await fetchIndex(mirror, wanted.suite, `binary-${wanted.processor}/Packages`);
  const found = pickKernel(index, wanted);
  if (found === undefined) throw new Error(`${mirror}: want ${wanted.pattern.source} in ${wanted.suite}, got none`);
  return found;
}

/** Finds the kernel in a package: in /boot, and in packages of 2026 and later beside its modules. */
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

/** Downloads and unpacks the kernel of a package, unless the cache has it. @returns its path */
export async function fetchKernel(mirror: string, cache: string, found: KernelPackage): Promise<string> {
  const kernel = join(cache, `vmlinuz-${found.sha256.slice(0, 16)}`);
  if (existsSync(kernel)) return kernel;
  const deb = await fetchFile(mirror, cache, found);
  const aside = join(cache, `unpacked-${process.pid}`);
  try {
    execFileSync("dpkg-deb", ["-x", deb, aside]);
    renameSync(findVmlinuz(aside, found.release), kernel);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
  return kernel;
}
