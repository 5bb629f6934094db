/** Installs the programs that tests need from the machine. */

import { findProgram, run } from "../support/command.ts";

/** Each program with the Debian packages that bring it. */
const packages = {
  podman: ["podman"],
  runc: ["runc"],
  debootstrap: ["debootstrap"],
  cpio: ["cpio"],
  "qemu-system-x86_64": ["qemu-system-x86"],
  "qemu-aarch64-static": ["qemu-user-static"],
  promtool: ["prometheus"],
  cc: ["gcc", "libc6-dev"],
  make: ["make"],
  setpriv: ["util-linux"],
  unshare: ["util-linux"],
  nsenter: ["util-linux"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type Tool = keyof typeof packages;

/** How long another apt-get may hold the lock, in seconds. */
const lockTimeout = 300;

/** Installs what is missing with apt-get. @throws Error where that fails */
export async function installTools(tools: readonly Tool[]): Promise<void> {
  const missing = tools.filter((tool) => findProgram(tool) === undefined).flatMap((tool) => packages[tool]);
  if (missing.length === 0) return;
  const options = ["-qq", "-o", `DPkg::Lock::Timeout=${lockTimeout}`];
  await run("apt-get", [...options, "update"]);
  await run("env", [
    "DEBIAN_FRONTEND=noninteractive",
    ...["apt-get", ...options, "install", "-y", "--no-install-recommends", ...missing],
  ]);
}
