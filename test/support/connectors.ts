/** Lists the sockets of the process connector that a process has open, from /proc. */

import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Source: include/uapi/linux/netlink.h. */
const NETLINK_CONNECTOR = "11";

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

/** @returns their inodes */
export function connectorSockets(pid: number): readonly string[] {
  const links = readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`));
  const held = new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
  const rows = readFileSync(`/proc/${pid}/net/netlink`, "utf8")
    .split("\n")
    .map((line) => line.trim().split(/\s+/));
  return rows.flatMap(([, protocol, ...rest]) => {
    const inode = rest.at(-1) ?? "";
    return protocol === NETLINK_CONNECTOR && held.has(inode) ? [inode] : [];
  });
}
