/**
 * Compiles the C programs that tests and benchmarks use as workloads and oracles, once per source text. It never runs
 * them. What each does is in workloads/README.md.
 */
import { createHash } from "node:crypto";
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { cacheDirectory } from "./cache-folder.ts";
import { execFileSync } from "./processes.ts";

const sources = join(import.meta.dirname, "workloads");
const compiler = ["cc", "-O2", "-Wall", "-Wextra", "-Werror", "-pthread"] as const;

/**
 * Compiles `workloads/NAME.c` unless that was done before.
 *
 * @returns the path of the binary, whose base name, and so its comm, is NAME
 * @throws Error without a compiler, or with the compiler's messages
 */
export function buildWorkload(name: string): string {
  return buildProgram(join(sources, `${name}.c`));
}

/** As `buildWorkload`, for a C file anywhere: it and the headers beside it are the whole program. */
export function buildProgram(source: string): string {
  const directory = join(binariesDirectory(), hashOf(source));
  const binary = join(directory, basename(source, ".c"));
  if (!existsSync(binary)) {
    mkdirSync(directory, { recursive: true });
    compile(source, binary);
  }
  return binary;
}

/** Compiled aside and renamed, so that a second process never finds half a binary. */
function compile(source: string, binary: string): void {
  const aside = mkdtempSync(`${binary}-`);
  try {
    const output = join(aside, "program");
    const [command, ...flags] = compiler;
    execFileSync(command, [...flags, "-o", output, source], { stdio: ["ignore", "ignore", "pipe"], encoding: "utf8" });
    renameSync(output, binary);
  } catch (error) {
    throw compileError(source, error);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

function compileError(source: string, cause: unknown): Error {
  if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") {
    const install = "apt-get install gcc libc6-dev, dnf install gcc, or apk add gcc musl-dev linux-headers";
    return new Error(`cc not found: ${basename(source)} needs a C compiler; ${install}`, { cause });
  }
  return new Error(`cc failed on ${source}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
}

/** A folder of the user's cache that nobody else can write to: what lies there is executed. */
function binariesDirectory(): string {
  const directory = join(cacheDirectory(), "workloads");
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const { uid, mode } = lstatSync(directory);
  if (uid !== process.getuid?.() || (mode & 0o022) !== 0)
    throw new Error(
      `${directory}: want a directory that only user ${process.getuid?.() ?? ""} can write to; remove it`,
    );
  return directory;
}

/** Covers the flags, the source, and every header beside it. */
function hashOf(source: string): string {
  const folder = dirname(source);
  const headers = readdirSync(folder).filter((file) => file.endsWith(".h"));
  const hash = createHash("sha256").update(compiler.join(" "));
  for (const file of [source, ...headers.sort().map((header) => join(folder, header))]) {
    hash.update("\0").update(readFileSync(file));
  }
  return hash.digest("hex").slice(0, 16);
}
