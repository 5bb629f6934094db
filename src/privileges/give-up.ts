/**
 * Gives up what is not needed, for all threads. The calls act on the calling thread alone, and Node has started others before
 * the first line of a program runs. So the calling thread gives up, and executes the program anew: other threads end with
 * that, and those of the new program are its descendants. Sources: execve(2), capabilities(7).
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
  /** What the program cannot do without. */
  readonly needed: CapabilitySet;
  /** Files that it reads, by its present rights. */
  readonly files: readonly string[];
  /** Tries to open a file, by the calling thread's rights of the moment. */
  readonly isReadable: (path: string) => boolean;
  /** The process's calls; asked for only where something is to be given up. */
  readonly open: () => PrivilegeSystem;
  /** Executes the program anew. @param kept why something is kept that is not needed; undefined where nothing is */
  readonly restart: (system: PrivilegeSystem, kept: string | undefined) => never;
}

/** Whether an ordinary thread of this kind has nothing left to give up. */
function isMinimal({ permitted, inheritable, ambient, bounding, ...rest }: Privileges, keep: CapabilitySet): boolean {
  const { noNewPrivileges, effective } = rest;
  const boundingIsFixed = !includesAll(effective, CAP_SETPCAP);
  return (
    noNewPrivileges &&
    includesAll(keep, permitted | inheritable | ambient) &&
    (includesAll(keep, bounding) || boundingIsFixed)
  );
}

/** The first file that cannot be read without the rights over others' files. */
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
  // First: this takes CAP_SETPCAP, which goes with the rest.
  if (includesAll(current.effective, CAP_SETPCAP)) system.dropFromBounding(current.bounding & ~keep);
  // Root has all of its bounding set in what it executes; others have what is ambient, which must be inheritable.
  const ambient = current.uid === 0 ? noCapabilities : keep;
  system.setCapabilities({ effective: keep, permitted: keep, inheritable: ambient });
  system.setAmbient(ambient);
  system.forbidNewPrivileges();
}

/**
 * Comes back where nothing is to be given up; else the program begins anew.
 *
 * @throws Error where a call was refused; the calling thread may then have less than others
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
