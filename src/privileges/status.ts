/** What the threads of this process may do, as /proc tells it. Source: proc(5), /proc/PID/status. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { CapabilitySet } from "./capabilities.ts";

export interface Privileges {
  /** The effective user's id. */
  readonly uid: number;
  readonly inheritable: CapabilitySet;
  readonly permitted: CapabilitySet;
  readonly effective: CapabilitySet;
  readonly bounding: CapabilitySet;
  readonly ambient: CapabilitySet;
  /** No program that is executed gets more: prctl(2), PR_SET_NO_NEW_PRIVS. */
  readonly noNewPrivileges: boolean;
  /** A filter of system calls is in force. */
  readonly seccomp: boolean;
}

/** Seccomp mode of a thread with a filter. Source: include/uapi/linux/seccomp.h, SECCOMP_MODE_FILTER. */
const filterMode = "2";

/** @returns undefined where the text is not of that form */
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
    // No number: this is no kernel's text.
    return undefined;
  }
}

/** What any of the threads may do: a process is as strong as the strongest of them. */
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
    // It has ended.
    return undefined;
  }
}

/**
 * What this process may do, by any of its threads.
 *
 * @param folder of a process below /proc
 * @returns undefined where /proc does not tell
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
    // Without /proc the exporter ends with a message of its own.
    return undefined;
  }
}
