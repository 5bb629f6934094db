/**
 * Makes all packages: `npm run package`. Two runs of one commit give the same bytes, since all files in the packages
 * have the commit's time (or SOURCE_DATE_EPOCH). Flags: --output=DIR, by default `packages`.
 */

import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { buildProgram, readManifest } from "./application.ts";
import { writeDeb } from "./debian.ts";
import { readSourceEpoch } from "./epoch.ts";
import { writeImage } from "./image.ts";
import { packForNpm } from "./npm-package.ts";
import { processors, type Processor } from "./processor.ts";
import { stageRelease, type ReleaseTree } from "./release-tree.ts";
import { writeTarball } from "./tarball.ts";

const project = fileURLToPath(new URL("..", import.meta.url));
const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** Writes SHA256SUMS, which `sha256sum --check` reads. */
function writeSums(output: string): void {
  const names = readdirSync(output).sort();
  const lines = names.map((name) => {
    const bytes = readFileSync(join(output, name));
    say(`${(bytes.length / 1e6).toFixed(1).padStart(7)} MB  ${name}`);
    return `${createHash("sha256").update(bytes).digest("hex")}  ${name}\n`;
  });
  writeFileSync(join(output, "SHA256SUMS"), lines.join(""));
}

async function packRelease(folder: string, options: PackReleaseOptions): Promise<ReleaseTree> {
  const { output, epochSeconds, processor } = options;
  const { name, version } = readManifest(project);
  const title = `${name}-${version}-linux-${processor.node}`;
  say(`${title}: tarball`);
  const release = await stageRelease(join(folder, title), { project, ...options });
  await writeTarball(join(output, `${title}.tar.gz`), release.root, { name: title, epochSeconds });
  copyFileSync(join(release.root, "sbom.cdx.json"), join(output, `${title}.cdx.json`));
  return release;
}

interface PackReleaseOptions {
  readonly built: string;
  readonly packed: string;
  readonly output: string;
  readonly processor: Processor;
  readonly epochSeconds: number;
}

async function packAll(folder: string, output: string): Promise<void> {
  const epochSeconds = await readSourceEpoch(project, process.env);
  const built = join(folder, "dist");
  say("the program, and its package for npm");
  await buildProgram(project, built);
  const packed = await packForNpm(join(folder, "npm"), { project, built, output, epochSeconds });
  const releases: (readonly [Processor, ReleaseTree])[] = [];
  for (const processor of processors) {
    const options = { built, packed, output, processor, epochSeconds };
    releases.push([processor, await packRelease(folder, options)]);
  }
  say("the image");
  await writeImage(join(folder, "image"), { project, releases, output, epochSeconds });
  for (const [processor, { root }] of releases) {
    const options = { project, release: root, processor, output, epochSeconds };
    say(basename(await writeDeb(join(folder, `deb-${processor.debian}`), options)));
  }
  writeSums(output);
}

const { values } = parseArgs({ options: { output: { type: "string", default: "packages" } } });
const output = resolve(project, values.output);
const folder = mkdtempSync(join(tmpdir(), "taskstats-packages-"));
try {
  rmSync(output, { recursive: true, force: true });
  mkdirSync(output, { recursive: true });
  await packAll(folder, output);
} catch (error) {
  process.stderr.write(`package: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
