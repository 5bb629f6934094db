/** Makes the initramfs: Node.js, the built exporter with what it needs to run, the workloads, and the guest's own program. */

import { execFileSync } from "node:child_process";
import { chmodSync, closeSync, copyFileSync, cpSync, mkdirSync, openSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { GuestParts } from "./guest-parts.ts";

const project = fileURLToPath(new URL("../..", import.meta.url));
/** C programs below test/support that the guest runs. */
const programs = ["spawn", "threads", "idle", "churn", "storm", "life", "naps", "busy", "rings"]
  .map((name) => `workloads/${name}.c`)
  .concat("capture-life.c");
const inProject = (path: string): string => join(project, path);

function copyScript(from: string, to: string): void {
  copyFileSync(from, to);
  chmodSync(to, 0o755);
}

/**
 * Compiles the workloads statically, so that they need no libraries. The guest's stand-in for the compiler finds
 * them by name.
 */
function addPrograms(root: string, app: string, compiler: string): void {
  const folder = join(app, "workloads");
  mkdirSync(folder, { recursive: true });
  for (const path of programs) {
    const source = inProject(`test/support/${path}`);
    const output = join(folder, basename(path, ".c"));
    execFileSync(compiler, ["-O2", "-static", "-pthread", "-o", output, source], { stdio: "pipe" });
  }
  for (const path of ["capture-life.c", "workloads"])
    cpSync(inProject(`test/support/${path}`), join(app, `test/support/${path}`), { recursive: true });
  copyScript(inProject("test/kernels/guest/cc"), join(root, "bin/cc"));
  writeFileSync(join(root, "etc/passwd"), "root:x:0:0:root:/:/bin/sh\n");
}

/** Compiles the guest's program and its imports, since Node.js 20 does not run TypeScript. */
function addGuest(root: string, app: string): void {
  const compiler = inProject("node_modules/typescript/bin/tsc");
  execFileSync(
    process.execPath,
    [compiler, "-p", inProject("test/kernels/guest"), "--noEmit", "false", "--outDir", app],
    { stdio: "pipe" },
  );
  copyScript(inProject("test/kernels/guest/init"), join(root, "init"));
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
export async function buildImage(cache: string, parts: GuestParts): Promise<string> {
  const root = join(cache, `root-${parts.processor}-${process.pid}`);
  const app = join(root, "app");
  const file = join(cache, `initramfs-${parts.processor}.cpio`);
  try {
    for (const folder of ["bin", "dev", "proc", "sys", "tmp", "usr/bin", "etc", "app"])
      mkdirSync(join(root, folder), { recursive: true });
    await parts.addBusybox(join(root, "bin/busybox"));
    await parts.addNode(root, join(root, "usr/bin/node"));
    await parts.addExporter(app);
    addPrograms(root, app, parts.compiler);
    addGuest(root, app);
    pack(root, file);
  } catch (error) {
    throw explain(error);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  return file;
}

/** Adds the output of a failed command to its error. */
function explain(cause: unknown): unknown {
  if (!(cause instanceof Error) || !("stderr" in cause) || !("stdout" in cause)) return cause;
  return new Error(`${cause.message}\n${String(cause.stdout)}${String(cause.stderr)}`, { cause });
}
