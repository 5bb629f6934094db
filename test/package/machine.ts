/** Checks the .deb in an emulated machine that systemd boots, in its initial namespaces. A container on a host has none. */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { findMirror } from "../debian/apt.ts";
import { boot } from "../kernels/machine.ts";
import { fetchKernel, findKernelPackage, wantedKernels } from "../kernels/packages.ts";
import { cacheDirectory } from "../support/cache-folder.ts";
import { say, tellResult } from "./check.ts";
import { buildInitramfs, type GuestFiles } from "./machine-root.ts";

/** The time limit of all checks. They take ten minutes on an idle host. */
const limitMs = 3_000_000;

/** Keeps the console for the guest's program alone. */
const words = ["systemd.mask=serial-getty@ttyS0.service", "systemd.show_status=no"];

async function fetchStableKernel(): Promise<string> {
  const [wanted] = wantedKernels.filter(({ suite }) => suite === "bookworm");
  if (wanted === undefined) throw new Error("want a kernel of bookworm");
  const cache = join(cacheDirectory(), "kernels");
  mkdirSync(cache, { recursive: true });
  const mirror = findMirror();
  return fetchKernel(mirror, cache, await findKernelPackage(mirror, wanted));
}

/** Boots, and prints each check when it is done. @param word chooses checks by their title. @returns how many failed */
export async function checkInMachine(folder: string, files: GuestFiles, word: string): Promise<number> {
  const kernel = await fetchStableKernel();
  const initramfs = await buildInitramfs(folder, files);
  const chosen = word === "" ? [] : [`guest.check=${word}`];
  const logFile = join(cacheDirectory(), "package-guest.log");
  say(`the .deb in an emulated machine, whose console is in ${logFile}`);
  const report = await boot({
    ...{ kernel, processor: "amd64", initramfs, logFile, processors: 2, limitMs, words: [...words, ...chosen] },
    onMessage: (message) => {
      if (message.kind === "check") tellResult(message.check.title, message.check.failures, message.check.figures);
      if (message.kind === "error") tellResult("the guest's program", [message.error], {});
    },
  });
  return report.errors.length + report.checks.filter(({ failures }) => failures.length > 0).length;
}
