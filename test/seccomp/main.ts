/**
 * `npm run seccomp`, as root: records by strace what the program calls while it does all that it can do, and writes the profile
 * of it. With --check it writes nothing, and ends with status 1 where the profile lacks something.
 */

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { format } from "prettier";
import { findDebianProgram } from "../debian/programs.ts";
import { createCertificateDirectory } from "../http/web-config/certificates.ts";
import { endStarted } from "../support/processes.ts";
import { exercise } from "./exercise.ts";
import { makeProfile, profileUrl, readProfile } from "./profile.ts";

/** Names of calls in strace's lines; those before the program began are setpriv's, sh's and the like, and do no harm. */
function readCalls(folder: string): ReadonlySet<string> {
  const texts = readdirSync(folder).map((file) => readFileSync(join(folder, file), "utf8"));
  return new Set(texts.flatMap((text) => [...text.matchAll(/^(\w+)\(/gm)].map(([, name = ""]) => name)));
}

const { path: strace, obstacle } = await findDebianProgram({ package: "strace", program: "strace" });
if (obstacle !== undefined) throw new Error(obstacle);
const certificates = createCertificateDirectory();
try {
  const traces = join(certificates.path, "traces");
  mkdirSync(traces);
  // A file for each thread; the tracer stands aside, so that signals reach the program.
  await exercise(certificates, [strace, "-D", "-f", "-ff", "-qq", "-o", join(traces, "trace")]);
  const recorded = readCalls(traces);
  const profile = makeProfile(recorded);
  if (process.argv.includes("--check")) {
    const shipped = new Set(readProfile().syscalls.flatMap(({ names }) => names));
    const missing = profile.syscalls.flatMap(({ names }) => names).filter((name) => !shipped.has(name));
    process.stdout.write(`${recorded.size} calls recorded; the profile lacks: ${missing.join(" ") || "none"}\n`);
    process.exitCode = missing.length === 0 ? 0 : 1;
  } else {
    const path = fileURLToPath(profileUrl);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, await format(JSON.stringify(profile), { parser: "json" }));
    process.stdout.write(`${recorded.size} calls recorded: ${[...recorded].sort().join(" ")}\n`);
  }
} finally {
  await endStarted("file");
  certificates.remove();
}
