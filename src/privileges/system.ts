/**
 * Calls C (libc) to take privileges from the calling thread, and to execute the program again with the remaining ones.
 * Sources: prctl(2), capset(2), capabilities(7), execve(2), fcntl(2).
 */

import { getSystemErrorName } from "node:util";
import koffi from "koffi";
import { noCapabilities, numbersOf, type CapabilitySet } from "./capabilities.ts";

// include/uapi/linux/prctl.h
const PR_CAPBSET_DROP = 24;
const PR_SET_NO_NEW_PRIVS = 38;
const PR_CAP_AMBIENT = 47;
const PR_CAP_AMBIENT_RAISE = 2;
const PR_CAP_AMBIENT_CLEAR_ALL = 4;

// include/uapi/linux/capability.h
const LINUX_CAPABILITY_VERSION_3 = 0x2008_0522;

// include/uapi/asm-generic/fcntl.h
const F_SETFD = 2;

/** The capability sets of a thread that capset(2) replaces. */
export interface ThreadCapabilities {
  readonly effective: CapabilitySet;
  readonly permitted: CapabilitySet;
  readonly inheritable: CapabilitySet;
}

/** System calls on the calling thread. Each throws an Error with the call's name and errno where the kernel refuses. */
export interface PrivilegeSystem {
  setCapabilities(sets: ThreadCapabilities): void;
  /** Replaces the ambient set. */
  setAmbient(set: CapabilitySet): void;
  dropFromBounding(set: CapabilitySet): void;
  forbidNewPrivileges(): void;
  /** Keeps a descriptor open when a program is executed. */
  keepOpen(descriptor: number): void;
  /** Replaces the program of this process, with the same environment: execve(2). Returns only by an error. */
  execute(path: string, args: readonly Uint8Array[]): never;
}

function loadLibc() {
  const lib = koffi.load(null);
  const word = "unsigned long";
  return {
    prctl: lib.func(`int prctl(int option, ${word} second, ${word} third, ${word} fourth, ${word} fifth)`),
    capset: lib.func("int capset(void *header, void *data)"),
    fcntl: lib.func("int fcntl(int fd, int command, ...)"),
    execv: lib.func("int execv(const char *path, void *argv)"),
  };
}

function check(call: string, status: unknown): void {
  if (Number(status) === 0) return;
  throw new Error(`${call}: ${getSystemErrorName(-koffi.errno())}`);
}

/** Encodes two struct __user_cap_data_struct: the low 32 bits of the three sets, then the high 32 bits. */
function encodeCapabilities({ effective, permitted, inheritable }: ThreadCapabilities): Uint32Array {
  const sets = [effective, permitted, inheritable];
  return new Uint32Array([0n, 32n].flatMap((shift) => sets.map((set) => Number((set >> shift) & 0xffff_ffffn))));
}

/** Encodes an array of pointers to the strings, ended by a null pointer. Each string must end with a NUL, and stay in memory. */
function encodeArguments(strings: readonly Uint8Array[]): BigUint64Array {
  return new BigUint64Array([...strings.map((string) => koffi.address(string)), 0n]);
}

/** Loads libc. @throws Error where koffi has no binary for this machine */
export function openPrivilegeSystem(): PrivilegeSystem {
  const { prctl, capset, fcntl, execv } = loadLibc();
  return {
    setCapabilities(sets) {
      // The id 0 stands for the calling thread.
      const header = new Uint32Array([LINUX_CAPABILITY_VERSION_3, 0]);
      check("capset", capset(header, encodeCapabilities(sets)));
    },
    setAmbient(set) {
      check("prctl(PR_CAP_AMBIENT_CLEAR_ALL)", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0));
      if (set === noCapabilities) return;
      for (const number of numbersOf(set)) {
        check("prctl(PR_CAP_AMBIENT_RAISE)", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0));
      }
    },
    dropFromBounding(set) {
      for (const number of numbersOf(set)) check("prctl(PR_CAPBSET_DROP)", prctl(PR_CAPBSET_DROP, number, 0, 0, 0));
    },
    forbidNewPrivileges() {
      check("prctl(PR_SET_NO_NEW_PRIVS)", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    },
    keepOpen(descriptor) {
      check("fcntl(F_SETFD)", fcntl(descriptor, F_SETFD, "int", 0));
    },
    execute(path, args) {
      const strings = args.map((argument) => new Uint8Array([...argument, 0]));
      check("execv", execv(path, encodeArguments(strings)));
      throw new Error("execv returned");
    },
  };
}
