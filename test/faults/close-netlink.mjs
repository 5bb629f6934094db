/** Loaded into the built program before it: at SIGUSR2 it closes the program's netlink sockets, as nobody should. */

import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createRequire } from "node:module";

/** @type {typeof import("koffi").default} */
// eslint-disable-next-line @typescript-eslint/no-unsafe-assignment -- what require gives has no type
const koffi = createRequire(import.meta.url)("koffi");
const close = koffi.load(null).func("int close(int fd)");

process.on("SIGUSR2", () => {
  const rows = readFileSync("/proc/net/netlink", "utf8").trim().split("\n").slice(1);
  const inodes = new Set(rows.map((row) => row.trim().split(/\s+/).at(-1)));
  for (const fd of readdirSync("/proc/self/fd")) {
    try {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1];
      if (inode !== undefined && inodes.has(inode)) close(Number(fd));
    } catch {
      // The descriptor of the listing itself.
    }
  }
});
