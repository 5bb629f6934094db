/**
 * Gives up all privileges that are not needed, for all threads. The system calls act only on the calling thread, but Node has
 * started other threads before a program's first line runs. So the calling thread gives up its privileges and executes the program
 * again: execve(2) ends the other threads, and all threads of the new program inherit from the calling one. See capabilities(7).
 */

import {
  CAP_DAC_OVERRIDE,
  CAP_DAC_READ_SEARCH,
  CAP_SETPCAP,
  includesAll,
  noCapabilities,
  type CapabilitySet,
} from "./capabilities.ts";
import type { Privileges } from "./status.ts";
import type { PrivilegeSystem } from "./system.ts";

export interface GivingUp {
  readonly current: Privileges;
  /** The capabilities that the program needs. */
  readonly needed: CapabilitySet;
  /** Files that the program must be able to read. */
  readonly files: readonly string[];
  /** Tries to open a file with the privileges that the calling thread has at that moment. */
  readonly isReadable: (path: string) => boolean;
  /** Loads the system calls. Called only where something must be given up. */
  readonly open: () => PrivilegeSystem;
  /** Executes the program again. @param kept why a privilege is kept that is otherwise not needed; undefined where none is */
  readonly restart: (system: PrivilegeSystem, kept: string | undefined) => never;
}

/** Whether a thread with these privileges has nothing left to give up. */
function isMinimal({ permitted, inheritable, ambient, bounding, ...rest }: Privileges, keep: CapabilitySet): boolean {
  const { noNewPrivileges, effective } = rest;
  const boundingIsFixed = !includesAll(effective, CAP_SETPCAP);
  return (
    noNewPrivileges &&
    includesAll(keep, permitted | inheritable | ambient) &&
    (includesAll(keep, bounding) || boundingIsFixed)
  );
}

/** Finds a file that is readable only with a capability to read other users' files, by trying without these capabilities. */
function findOthersFile({ current, files, isReadable }: GivingUp, system: PrivilegeSystem): string | undefined {
  const overOthers = CAP_DAC_OVERRIDE | CAP_DAC_READ_SEARCH;
  if ((current.effective & overOthers) === noCapabilities) return undefined;
  const readable = files.filter(isReadable);
  system.setCapabilities({ ...current, effective: current.effective & ~overOthers });
  const missing = readable.find((path) => !isReadable(path));
  system.setCapabilities(current);
  return missing;
}

function reduce({ current, needed }: GivingUp, system: PrivilegeSystem): void {
  const keep = needed & current.permitted;
  // This comes first: it needs CAP_SETPCAP, which setCapabilities takes away.
  if (includesAll(current.effective, CAP_SETPCAP)) system.dropFromBounding(current.bounding & ~keep);
  // A program that root executes gets the whole bounding set. One of another user gets the ambient set, which must be inheritable.
  const ambient = current.uid === 0 ? noCapabilities : keep;
  system.setCapabilities({ effective: keep, permitted: keep, inheritable: ambient });
  system.setAmbient(ambient);
  system.forbidNewPrivileges();
}

/**
 * Gives up privileges and restarts the program. Returns only where there is nothing to give up.
 *
 * @throws Error where the kernel refuses a call; the calling thread may then have fewer privileges than the other threads
 */
export function giveUp(options: GivingUp): void {
  const { current, needed, open, restart } = options;
  if (isMinimal(current, needed & current.permitted)) return;
  const system = open();
  const file = findOthersFile(options, system);
  const kept = file && `CAP_DAC_READ_SEARCH is kept, since ${file} cannot be read without it`;
  reduce(kept === undefined ? options : { ...options, needed: needed | CAP_DAC_READ_SEARCH }, system);
  restart(system, kept);
}
