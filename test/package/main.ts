/**
 * Makes all packages, twice, and installs, runs and removes each: `npm run test:package`, as root. Prints a line per check and ends with a
 * status other than 0 where one failed. Words after `--` choose parts: reproducible, tarball, npm, image, deb. With --packages=DIR those of
 * a former `npm run package` are checked, and none is made; with --check=WORD, of the .deb's checks those with that word in their title.
 */

import { mkdirSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { installTools } from "../debian/tools.ts";
import { removeContainer } from "../e2e/image/container.ts";
import { withFolder } from "../support/cache-folder.ts";
import { run } from "../support/command.ts";
import { say, verifyAll } from "./check.ts";
import { foreignChecks, imageChecks, unpackImage } from "./image-checks.ts";
import { checkInMachine } from "./machine.ts";
import { npmChecks } from "./npm-checks.ts";
import { compare, findPackages, makePackages, type Packages } from "./packages.ts";
import { listsNatives, tarballChecks } from "./tarball-checks.ts";

/** The things that the parts work with. */
interface Bench {
  readonly packages: Packages;
  /** A folder for this run. */
  readonly folder: string;
  readonly version: string;
  /** Chooses checks of the .deb, by a word of their title; empty for all. */
  readonly word: string;
}

type Part = (bench: Bench) => Promise<number>;

/** @returns the one folder that a tarball holds */
async function unpack(file: string, folder: string): Promise<string> {
  mkdirSync(folder, { recursive: true });
  await run("tar", ["-xzf", file, "-C", folder]);
  return realpathSync(join(folder, readdirSync(folder)[0] ?? ""));
}

async function checkReproducible({ packages, folder }: Bench): Promise<number> {
  say("made a second time");
  const again = join(folder, "again");
  const verify = async (): Promise<ReturnType<typeof compare>> => {
    await makePackages(again);
    return compare(packages.folder, again);
  };
  return verifyAll([{ title: "two runs give the same bytes", verify }], undefined);
}

async function checkTarball({ packages, folder, version }: Bench): Promise<number> {
  say("the tarballs");
  const root = await unpack(packages.tarball("x64"), join(folder, "x64"));
  const foreign = await unpack(packages.tarball("arm64"), join(folder, "arm64"));
  const title = "the bill of that for arm64 has each native binary with its sum";
  return (
    (await verifyAll(tarballChecks, { root, version })) +
    (await verifyAll([{ title, verify: listsNatives }], { root: foreign, version }))
  );
}

async function checkNpm({ packages, folder, version }: Bench): Promise<number> {
  say("the package for npm");
  const prefix = join(folder, "npm");
  mkdirSync(join(prefix, "lib"), { recursive: true });
  return verifyAll(npmChecks, { prefix, packed: packages.npm, version });
}

const container = `taskstats-package-${process.pid}`;

async function checkImage({ packages, folder, version }: Bench): Promise<number> {
  say("the image");
  await installTools(["podman", "runc", "qemu-aarch64-static"]);
  // Each loads it once in a run. The loaded image has no name, so that no image of the user is replaced.
  const loaded = await run("podman", ["pull", "--quiet", `oci-archive:${packages.image}`]);
  try {
    const image = { file: packages.image, name: loaded, container, version };
    const root = await unpackImage(packages.image, "arm64", join(folder, "image"));
    const release = await unpack(packages.tarball("arm64"), join(folder, "arm64-release"));
    return (await verifyAll(imageChecks, image)) + (await verifyAll(foreignChecks, { root, release, version }));
  } finally {
    await removeContainer(container);
    await run("podman", ["rmi", "--force", "--ignore", loaded]);
  }
}

async function checkDeb({ packages, folder, word }: Bench): Promise<number> {
  await installTools(["debootstrap", "cpio", "qemu-system-x86_64"]);
  const release = await unpack(packages.tarball("x64"), join(folder, "guest-node"));
  return checkInMachine(folder, { deb: packages.deb("amd64"), node: join(release, "lib/node") }, word);
}

const parts: Readonly<Record<string, Part>> = {
  reproducible: checkReproducible,
  tarball: checkTarball,
  npm: checkNpm,
  image: checkImage,
  deb: checkDeb,
};

interface CommandLine {
  readonly made: string | undefined;
  readonly chosen: readonly string[];
  readonly word: string;
}

function parseCommandLine(): CommandLine {
  const flags = { packages: { type: "string" }, check: { type: "string", default: "" } } as const;
  const { values, positionals } = parseArgs({ options: flags, allowPositionals: true });
  const unknown = positionals.filter((name) => !(name in parts));
  if (unknown.length > 0) throw new Error(`want one of ${Object.keys(parts).join(", ")}, got ${unknown.join(", ")}`);
  return {
    made: values.packages,
    chosen: positionals.length === 0 ? Object.keys(parts) : positionals,
    word: values.check,
  };
}

function readVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}

async function checkAll(folder: string): Promise<number> {
  const { made, chosen, word } = parseCommandLine();
  if (made === undefined) say("npm run package");
  const packages = made === undefined ? await makePackages(join(folder, "packages")) : findPackages(resolve(made));
  let failed = 0;
  for (const name of chosen) failed += (await parts[name]?.({ packages, folder, version: readVersion(), word })) ?? 0;
  return failed;
}

for (const signal of ["SIGTERM", "SIGHUP", "SIGINT"] as const) process.once(signal, () => process.exit(1));
try {
  const failed = await withFolder("package", checkAll);
  say(failed === 0 ? "passed" : `FAILED: ${failed}`);
  process.exitCode = failed === 0 ? 0 : 1;
} catch (error) {
  process.stderr.write(`test:package: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
