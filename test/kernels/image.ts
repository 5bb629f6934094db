/** Makes the initramfs: Node.js, the built exporter with what it needs to run, the workloads, and the guest's own program. */

import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  closeSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findProgram } from "../support/command.ts";

const project = fileURLToPath(new URL("../..", import.meta.url));
/** C programs below test/support that the guest runs. */
const programs = ["spawn", "threads", "idle", "churn", "storm", "life", "naps", "busy", "rings"]
  .map((name) => `workloads/${name}.c`)
  .concat("capture-life.c");
const inProject = (path: string): string => join(project, path);

function copyBinary(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(realpathSync(from), to);
  chmodSync(to, 0o755);
}

/** The libraries that ldd(1) names, the loader included. */
function librariesOf(binary: string): string[] {
  const text = execFileSync("ldd", [binary], { encoding: "utf8" });
  return [...text.matchAll(/(?:=>\s*|^\s*)(\/\S+) \(0x/gm)].map(([, path = ""]) => path);
}

function addNode(root: string): void {
  copyBinary(process.execPath, join(root, "usr/bin/node"));
  for (const library of librariesOf(process.execPath)) copyBinary(library, join(root, library));
}

function addBusybox(root: string): void {
  copyBinary(findProgram("busybox") ?? "busybox", join(root, "bin/busybox"));
}

interface LockedPackage {
  readonly dev?: boolean;
}

/** Folders of what the exporter needs at run time; a package that this platform does not install has none. */
function productionPackages(): string[] {
  const lock = JSON.parse(readFileSync(inProject("package-lock.json"), "utf8")) as {
    readonly packages: Readonly<Record<string, LockedPackage>>;
  };
  return Object.entries(lock.packages)
    .filter(([path, { dev }]) => path !== "" && dev !== true && existsSync(inProject(path)))
    .map(([path]) => path);
}

function addExporter(app: string): void {
  if (!existsSync(inProject("dist/main.js"))) throw new Error("dist/main.js not found: npm run build");
  cpSync(inProject("dist"), join(app, "dist"), { recursive: true });
  cpSync(inProject("package.json"), join(app, "package.json"));
  for (const path of productionPackages()) {
    // Packages nested in it are of the list themselves.
    const filter = (from: string): boolean => basename(from) !== "node_modules";
    cpSync(inProject(path), join(app, path), { recursive: true, filter });
  }
}

/** Statically linked, so that they bring no libraries; the stand-in for the compiler finds them by name. */
function addPrograms(root: string, app: string): void {
  const folder = join(app, "workloads");
  mkdirSync(folder, { recursive: true });
  for (const path of programs) {
    const source = inProject(`test/support/${path}`);
    const output = join(folder, basename(path, ".c"));
    execFileSync("cc", ["-O2", "-static", "-pthread", "-o", output, source], { stdio: "pipe" });
  }
  for (const path of ["capture-life.c", "workloads"])
    cpSync(inProject(`test/support/${path}`), join(app, `test/support/${path}`), { recursive: true });
  copyBinary(inProject("test/kernels/guest/cc"), join(root, "bin/cc"));
  writeFileSync(join(root, "etc/passwd"), "root:x:0:0:root:/:/bin/sh\n");
}

/** Compiles the guest's program and what it imports; Node.js 20 runs no TypeScript. */
function addGuest(root: string, app: string): void {
  const compiler = inProject("node_modules/typescript/bin/tsc");
  execFileSync(
    process.execPath,
    [compiler, "-p", inProject("test/kernels/guest"), "--noEmit", "false", "--outDir", app],
    { stdio: "pipe" },
  );
  copyBinary(inProject("test/kernels/guest/init"), join(root, "init"));
}

function pack(root: string, file: string): void {
  const output = openSync(file, "w");
  try {
    const input = execFileSync("find", [".", "-print0"], { cwd: root });
    execFileSync("cpio", ["-0", "-o", "-H", "newc", "--quiet"], { cwd: root, input, stdio: ["pipe", output, "pipe"] });
  } finally {
    closeSync(output);
  }
}

/**
 * Makes the initramfs anew, below `cache`. It is not compressed, since the emulated processor would be slow to unpack it.
 *
 * @returns its path
 * @throws Error with the message of the compiler that failed
 */
export function buildImage(cache: string): string {
  const root = join(cache, `root-${process.pid}`);
  const app = join(root, "app");
  const file = join(cache, "initramfs.cpio");
  try {
    for (const folder of ["bin", "dev", "proc", "sys", "tmp", "usr/bin", "etc", "app"])
      mkdirSync(join(root, folder), { recursive: true });
    addBusybox(root);
    addNode(root);
    addExporter(app);
    addPrograms(root, app);
    addGuest(root, app);
    pack(root, file);
  } catch (error) {
    throw explain(error);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  return file;
}

/** A command that failed says why on its standard output or standard error. */
function explain(cause: unknown): unknown {
  if (!(cause instanceof Error) || !("stderr" in cause) || !("stdout" in cause)) return cause;
  return new Error(`${cause.message}\n${String(cause.stdout)}${String(cause.stderr)}`, { cause });
}
