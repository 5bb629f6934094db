/** The programs that this needs from the machine. It installs nothing: it says what to install. */

import { findProgram } from "../support/command.ts";

/** Each program with the Debian package that has it. */
const needed = {
  "qemu-system-x86_64": "qemu-system-x86",
  busybox: "busybox-static",
  cpio: "cpio",
  cc: "gcc libc6-dev",
  ldd: "libc-bin",
  "dpkg-deb": "dpkg",
} as const;

/** @throws Error that names all missing packages and the command that installs them */
export function checkTools(): void {
  const missing = Object.entries(needed).filter(([name]) => findProgram(name) === undefined);
  if (missing.length === 0) return;
  const names = missing.map(([name]) => name).join(", ");
  const packages = missing.map(([, debian]) => debian).join(" ");
  throw new Error(`${names} not found: apt-get install --no-install-recommends ${packages}`);
}
