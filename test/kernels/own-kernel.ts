/** Runs the guest's program on the kernel of this machine, in the folder that a guest would boot from. */

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { release } from "node:os";
import { dirname, join } from "node:path";
import type { KernelPackage } from "./packages.ts";
import { listen, type GuestOptions } from "./machine.ts";
import type { GuestReport } from "./report.ts";

/** Stands for a package in the list of kernels. */
export const ownKernel: KernelPackage = {
  ...{
    suite: "that of this machine",
    processor: "amd64",
    name: "",
    release: release(),
    version: release(),
    path: "",
    sha256: "",
  },
};

/** Mounts file systems in a mount namespace, so that they go with it. The arguments are the folder and the initramfs. */
const script = `
cd "$1"
cpio --quiet -id < "$2"
for folder in proc sys dev; do mount --rbind /$folder $folder; done
mount -t debugfs debug sys/kernel/debug || true
mount -t tmpfs tmp tmp
exec chroot . /usr/bin/node /app/test/kernels/guest/main.js
`;

const delayacctSwitch = "/proc/sys/kernel/task_delayacct";

/** Turns delay accounting off for the guest, as it is after a boot, and back afterwards. */
async function withDelayacctOff<T>(task: () => Promise<T>): Promise<T> {
  if (!existsSync(delayacctSwitch)) return task();
  const before = readFileSync(delayacctSwitch, "utf8");
  writeFileSync(delayacctSwitch, "0");
  try {
    return await task();
  } finally {
    writeFileSync(delayacctSwitch, before);
  }
}

/** @throws Error as `boot` does */
export async function runHere(options: GuestOptions): Promise<GuestReport> {
  const root = mkdtempSync(join(dirname(options.initramfs), "own-"));
  try {
    return await withDelayacctOff(() => {
      const command = ["--mount", "--propagation", "private", "sh", "-euc", script, "sh", root, options.initramfs];
      const env = { PATH: "/bin:/usr/bin:/sbin:/usr/sbin", GUEST_WORDS: options.words.join(" ") };
      return listen(spawn("unshare", command, { stdio: ["ignore", "pipe", "pipe"], env }), options);
    });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
