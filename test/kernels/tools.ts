/** Checks that the machine has the programs needed here. It installs nothing, but says what to install. */

import { findProgram } from "../support/command.ts";
import type { ProcessorName } from "./packages.ts";

/** Each program with the Debian package that has it. */
const needed = {
  "qemu-system-x86_64": "qemu-system-x86",
  busybox: "busybox-static",
  cpio: "cpio",
  cc: "gcc libc6-dev",
  ldd: "libc-bin",
  "dpkg-deb": "dpkg",
} as const;

const neededForArm = {
  "qemu-system-aarch64": "qemu-system-arm",
  "aarch64-linux-gnu-gcc": "gcc-aarch64-linux-gnu libc6-dev-arm64-cross",
  npm: "npm",
} as const;

/** @throws Error that names all missing packages and the command that installs them */
export function checkTools(processors: readonly ProcessorName[]): void {
  const wanted = Object.entries(processors.includes("arm64") ? { ...needed, ...neededForArm } : needed);
  const missing = wanted.filter(([name]) => findProgram(name) === undefined);
  if (missing.length === 0) return;
  const names = missing.map(([name]) => name).join(", ");
  const packages = missing.map(([, debian]) => debian).join(" ");
  throw new Error(`${names} not found: apt-get install --no-install-recommends ${packages}`);
}
