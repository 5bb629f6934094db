/** Fetches the libraries that node and the native packages load, from Debian by apt, which checks their signatures. */

import { cpSync, existsSync, mkdirSync, readdirSync, readlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { run } from "./command.ts";
import type { Processor } from "./processor.ts";
import { describeComponent, type Component } from "./sbom.ts";

/** Debian's packages, with the files that are taken from each. */
const libraries = {
  libc6: ["libc.so.6", "libdl.so.2", "libm.so.6", "libpthread.so.0"],
  "libgcc-s1": ["libgcc_s.so.1"],
  "libstdc++6": ["libstdc++.so.6"],
} as const;

const names = Object.keys(libraries) as (keyof typeof libraries)[];

/**
 * Gives apt a state folder of its own for one processor, so that the machine's state is not changed. Sources and
 * keys are the machine's.
 */
function aptOptions(folder: string, { debian }: Processor): string[] {
  for (const path of ["lists/partial", "cache/archives/partial"]) mkdirSync(join(folder, path), { recursive: true });
  const settings = {
    "APT::Architecture": debian,
    "APT::Architectures": debian,
    "APT::Sandbox::User": "root",
    "Dir::State::lists": join(folder, "lists"),
    "Dir::State::status": "/dev/null",
    "Dir::Cache": join(folder, "cache"),
    "Acquire::Languages": "none",
  };
  return ["-qq", ...Object.entries(settings).flatMap(([key, value]) => ["-o", `${key}=${value}`])];
}

/** Finds a library of an unpacked package. It is below lib or usr/lib, which depends on the release of Debian. */
function findLibrary(unpacked: string, { triplet }: Processor, soname: string): string {
  const found = ["lib", "usr/lib"]
    .map((folder) => join(unpacked, folder, triplet, soname))
    .find((path) => existsSync(path));
  if (found === undefined) throw new Error(`${unpacked}: want ${soname} of ${triplet}, got none`);
  return found;
}

const copyFile = (from: string, to: string): void => {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to, { dereference: true });
};

function copyLibraries(unpacked: string, root: string, processor: Processor): void {
  for (const soname of Object.values(libraries).flat())
    copyFile(findLibrary(unpacked, processor, soname), join(root, "usr/lib", processor.triplet, soname));
  const loader = processor.loader.replace(/.*\//, "");
  copyFile(findLibrary(unpacked, processor, loader), join(root, processor.loader));
  for (const name of names)
    copyFile(join(unpacked, "usr/share/doc", name, "copyright"), join(root, "usr/share/doc", name, "copyright"));
}

async function describePackage(file: string): Promise<Component> {
  const fields = ["Package", "Version", "Architecture"];
  const text = await run("dpkg-deb", ["-f", file, ...fields]);
  const [name = "", version = "", architecture = ""] = fields.map(
    (field) => new RegExp(`^${field}: (.*)$`, "m").exec(text)?.[1],
  );
  return describeComponent(`pkg:deb/debian/${name}@${version}?arch=${architecture}`, {
    ...{ type: "library", name, version },
  });
}

/**
 * Fetches the newest packages of the machine's release of Debian, and puts the libraries below `root`.
 *
 * @param folder is made, for downloads
 * @returns the packages as components
 */
export async function addLibraries(root: string, folder: string, processor: Processor): Promise<Component[]> {
  const options = aptOptions(folder, processor);
  const downloads = join(folder, "downloads");
  mkdirSync(downloads);
  await run("apt-get", [...options, "update"]);
  await run("apt-get", [...options, "download", ...names], { cwd: downloads });
  const unpacked = join(folder, "unpacked");
  const unpack = async (file: string): Promise<string> => run("dpkg-deb", ["-x", join(downloads, file), unpacked]);
  const files = readdirSync(downloads).sort();
  for (const file of files) await unpack(file);
  // The libraries of gcc have no licence text: they link to the documents of another package, which has it.
  await run("apt-get", [...options, "download", readlinkSync(join(unpacked, "usr/share/doc/libstdc++6"))], {
    cwd: downloads,
  });
  for (const file of readdirSync(downloads).filter((name) => !files.includes(name))) await unpack(file);
  copyLibraries(unpacked, root, processor);
  return Promise.all(files.map((file) => describePackage(join(downloads, file))));
}
