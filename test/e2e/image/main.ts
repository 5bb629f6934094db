/**
 * Builds the image and runs it as a DaemonSet would, by podman on this machine's kernel: `npm run test:image`, as root.
 * Prints a line per check and ends with a status other than 0 where one failed. What it made is removed in any case.
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildImage } from "./build.ts";
import { configPath, containerChecks, rules, type Check } from "./checks.ts";
import { run } from "../../support/command.ts";
import { removeContainer, startContainer, startSleeper, type Privileges } from "./container.ts";
import { imageChecks, readMegabytes } from "./image-checks.ts";
import { installTools } from "../../debian/tools.ts";

interface Way {
  readonly title: string;
  readonly privileges: Privileges;
  /** podman's own flags besides. */
  readonly flags?: readonly string[];
}

const profile = fileURLToPath(new URL("../../../deploy/seccomp/taskstats-exporter.json", import.meta.url));

/** The ways in which a container that is not privileged has the capability. */
const ways: readonly Way[] = [
  {
    title: "user 65532 by the file's capability, as containerd and podman start it",
    privileges: { uid: 65532, netAdmin: "held", noNewPrivileges: true },
  },
  {
    title: "user 65532 by the file's capability, as Docker starts it",
    privileges: { uid: 65532, netAdmin: "allowed", noNewPrivileges: false },
  },
  { title: "root with all else dropped", privileges: { uid: 0, netAdmin: "held", noNewPrivileges: true } },
  {
    title: "user 65532 under the shipped filter of system calls",
    privileges: { uid: 65532, netAdmin: "held", noNewPrivileges: true },
    flags: [`--security-opt=seccomp=${profile}`],
  },
  {
    title: "the same, as Docker starts it",
    privileges: { uid: 65532, netAdmin: "allowed", noNewPrivileges: false },
    flags: [`--security-opt=seccomp=${profile}`],
  },
];

/** Begins the names of all containers and the image of this run, and of no other. */
const own = `taskstats-image-${process.pid}`;
const image = `localhost/${own}:test`;
const exporterName = `${own}-exporter`;
const sleeperName = `${own}-sleeper`;

/** Told by the first signal to end this, which then ends by what the step in progress throws, so that all is removed. */
function watchSignals(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => controller.abort());
  return controller.signal;
}

const interrupted = watchSignals();
const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** @returns how many failed */
async function reportAll<What>(checks: readonly Check<What>[], subject: What): Promise<number> {
  let failed = 0;
  for (const { title, verify } of checks) {
    interrupted.throwIfAborted();
    try {
      await verify(subject);
      say(`  ok   ${title}`);
    } catch (error) {
      failed++;
      say(`  FAIL ${title}\n         ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return failed;
}

/** The last of the checks ends the container. @returns how many failed */
async function checkWay(
  { title, privileges, flags: own = [] }: Way,
  sleeper: string,
  configFile: string,
): Promise<number> {
  say(title);
  const flags = [`--volume=${configFile}:${configPath}:ro`, ...own];
  const args = [`--config.file=${configPath}`];
  const container = await startContainer({ image, name: exporterName, privileges, flags, args });
  return reportAll(containerChecks, { container, privileges, sleeper });
}

async function checkAll(folder: string): Promise<number> {
  await installTools(["cc", "promtool"]);
  const { archive } = await buildImage({ folder, name: image, say, signal: interrupted });
  await run("podman", ["load", "--quiet", "--input", archive], { signal: interrupted });
  say(`the image: ${(await readMegabytes(image)).toFixed(1)} MB`);
  let failed = await reportAll(imageChecks, { image, name: exporterName });
  const configFile = join(folder, "config.yaml");
  writeFileSync(configFile, rules, { mode: 0o644 });
  const sleeper = await startSleeper({ image, name: sleeperName });
  for (const way of ways) failed += await checkWay(way, sleeper, configFile);
  return failed;
}

const folder = mkdtempSync(join(tmpdir(), `${own}-`));
try {
  const failed = await checkAll(folder);
  say(failed === 0 ? "passed" : `FAILED: ${failed}`);
  process.exitCode = failed === 0 ? 0 : 1;
} catch (error) {
  process.stderr.write(`test:image: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  for (const name of [exporterName, sleeperName]) await removeContainer(name);
  await run("podman", ["rmi", "--force", "--ignore", image]);
  rmSync(folder, { recursive: true, force: true });
}
