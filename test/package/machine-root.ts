/** Makes the root of an emulated machine: Debian with systemd and nothing else, the package, and the guest's program. */

import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findMirror } from "../debian/apt.ts";
import { cacheDirectory, withFolder } from "../support/cache-folder.ts";
import { run } from "../support/command.ts";
import { spawnSync } from "../support/processes.ts";

const project = fileURLToPath(new URL("../..", import.meta.url));

/** The release of Debian whose systemd is 252. */
const suite = "bookworm";

/** Packages besides those that every Debian has. */
const packages = ["systemd", "systemd-sysv"];

/** Files that are of no use in the guest, a third of all. */
const superfluous = [
  "usr/share/doc",
  "usr/share/man",
  "usr/share/locale",
  "var/cache/apt/archives",
  "var/lib/apt/lists",
];

async function makeBase(file: string): Promise<void> {
  await withFolder("guest", async (folder) => {
    const root = join(folder, "root");
    const flags = ["--variant=minbase", `--include=${packages.join(",")}`];
    await run("debootstrap", [...flags, suite, root, findMirror()]);
    for (const path of superfluous) rmSync(join(root, path), { recursive: true, force: true });
    const tar = join(folder, "root.tar");
    await run("tar", ["-C", root, "-cf", tar, "."]);
    renameSync(tar, file);
  });
}

/** @returns the tar file of Debian's root. Where the cache lacks it, it takes a minute to make */
async function cachedBase(): Promise<string> {
  const file = join(cacheDirectory(), `guest-${suite}.tar`);
  if (!existsSync(file)) await makeBase(file);
  return file;
}

/** The unit writes to the serial console, which the host reads, and powers the machine off at its end. */
const testUnit = `[Unit]
Description=Checks of the package

[Service]
ExecStart=/opt/test/node --disable-warning=ExperimentalWarning /opt/test/test/package/guest/main.ts
ExecStopPost=/bin/systemctl poweroff --force --force
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyS0

[Install]
WantedBy=multi-user.target
`;

/** The sources of the guest's program; the guest's node runs TypeScript as it is. */
const sources = ["test/package/guest", "test/kernels/report.ts", "test/support/page.ts"];

function addTest(root: string, { deb, node }: GuestFiles): void {
  const home = join(root, "opt/test");
  mkdirSync(home, { recursive: true });
  for (const source of sources) cpSync(join(project, source), join(home, source), { recursive: true });
  writeFileSync(join(home, "package.json"), `{"type":"module"}\n`);
  cpSync(node, join(home, "node"));
  cpSync(deb, join(home, basename(deb)));
  // An emulated processor on a busy host takes long to start a service.
  mkdirSync(join(root, "etc/systemd/system.conf.d"), { recursive: true });
  writeFileSync(join(root, "etc/systemd/system.conf.d/slow.conf"), "[Manager]\nDefaultTimeoutStartSec=300s\n");
  const unit = "etc/systemd/system/package-test.service";
  writeFileSync(join(root, unit), testUnit);
  symlinkSync(`/${unit}`, join(root, "etc/systemd/system/multi-user.target.wants/package-test.service"));
  symlinkSync("/sbin/init", join(root, "init"));
}

function pack(root: string, file: string): void {
  const output = openSync(file, "w");
  try {
    const list = spawnSync("find", [".", "-print0"], { cwd: root, maxBuffer: 2 ** 26 });
    const options = ["-0", "-o", "-H", "newc", "--quiet"];
    const { status } = spawnSync("cpio", options, {
      cwd: root,
      input: list.stdout,
      stdio: ["pipe", output, "inherit"],
    });
    if (status !== 0) throw new Error(`cpio: want status 0, got ${status}`);
  } finally {
    closeSync(output);
  }
}

export interface GuestFiles {
  readonly deb: string;
  /** A node that runs TypeScript as it is: 22.18 and later. */
  readonly node: string;
}

/** @param folder where the initramfs is written. @returns its path */
export async function buildInitramfs(folder: string, files: GuestFiles): Promise<string> {
  const file = join(folder, "initramfs.cpio");
  const root = join(folder, "guest-root");
  mkdirSync(root);
  await run("tar", ["-C", root, "-xpf", await cachedBase()]);
  addTest(root, files);
  pack(root, file);
  rmSync(root, { recursive: true });
  return file;
}
