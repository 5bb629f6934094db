/** Reads the privileges of this process's threads from /proc. Source: proc(5), /proc/PID/status. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { CapabilitySet } from "./capabilities.ts";

export interface Privileges {
  /** Id of the effective user. */
  readonly uid: number;
  readonly inheritable: CapabilitySet;
  readonly permitted: CapabilitySet;
  readonly effective: CapabilitySet;
  readonly bounding: CapabilitySet;
  readonly ambient: CapabilitySet;
  /** No program that is executed gains privileges: prctl(2), PR_SET_NO_NEW_PRIVS. */
  readonly noNewPrivileges: boolean;
  /** System calls are filtered. */
  readonly seccomp: boolean;
}

/** The seccomp mode of a thread with a filter. Source: include/uapi/linux/seccomp.h, SECCOMP_MODE_FILTER. */
const filterMode = "2";

/** Parses /proc/PID/status. @returns undefined where the text does not have that form */
export function parsePrivileges(status: string): Privileges | undefined {
  const word = (key: string): string | undefined => new RegExp(`^${key}:\\s*(\\S+)`, "m").exec(status)?.[1];
  const mask = (key: string): CapabilitySet => BigInt(`0x${word(key) ?? "none"}`);
  const uid = /^Uid:\s*\d+\s+(\d+)/m.exec(status)?.[1];
  if (uid === undefined) return undefined;
  try {
    return {
      uid: Number(uid),
      inheritable: mask("CapInh"),
      permitted: mask("CapPrm"),
      effective: mask("CapEff"),
      bounding: mask("CapBnd"),
      ambient: mask("CapAmb"),
      noNewPrivileges: word("NoNewPrivs") === "1",
      seccomp: word("Seccomp") === filterMode,
    };
  } catch {
    // A set is missing, or is no number.
    return undefined;
  }
}

/** Joins the privileges of two threads: a process may do whatever one of its threads may do. */
function strongest(one: Privileges, other: Privileges): Privileges {
  return {
    uid: Math.min(one.uid, other.uid),
    inheritable: one.inheritable | other.inheritable,
    permitted: one.permitted | other.permitted,
    effective: one.effective | other.effective,
    bounding: one.bounding | other.bounding,
    ambient: one.ambient | other.ambient,
    noNewPrivileges: one.noNewPrivileges && other.noNewPrivileges,
    seccomp: one.seccomp && other.seccomp,
  };
}

function readThread(path: string): Privileges | undefined {
  try {
    return parsePrivileges(readFileSync(path, "utf8"));
  } catch {
    // The thread has exited.
    return undefined;
  }
}

/**
 * Reads the joined privileges of all threads of a process.
 *
 * @param folder the process's folder in /proc
 * @returns undefined where it cannot be read
 */
export function readPrivileges(folder = "/proc/self"): Privileges | undefined {
  try {
    const threads = readdirSync(join(folder, "task")).map((tid) => readThread(join(folder, "task", tid, "status")));
    return threads
      .filter((thread) => thread !== undefined)
      .reduce<Privileges | undefined>(
        (all, thread) => (all === undefined ? thread : strongest(all, thread)),
        undefined,
      );
  } catch {
    // A missing /proc is reported elsewhere.
    return undefined;
  }
}
