/** Capabilities, by the kernel's numbers, and sets of them. Pure. Source: include/uapi/linux/capability.h. */

/** The name of capability n, without the prefix CAP_, has the index n. */
const names = [
  ...["CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP"],
  ...["LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER"],
  ...["SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE"],
  ...["SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP"],
  ...["MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF"],
  "CHECKPOINT_RESTORE",
];

/** A bit mask: bit n stands for capability n. */
export type CapabilitySet = bigint;

export const noCapabilities: CapabilitySet = 0n;

/** Whether all of `some` are in `set`. */
export const includesAll = (set: CapabilitySet, some: CapabilitySet): boolean => (some & ~set) === 0n;

/** The set of this one capability. */
const numbered = (number: number): CapabilitySet => 1n << BigInt(number);

const named = (name: string): CapabilitySet => numbered(names.indexOf(name));

export const CAP_DAC_OVERRIDE = named("DAC_OVERRIDE");
export const CAP_DAC_READ_SEARCH = named("DAC_READ_SEARCH");
export const CAP_SETPCAP = named("SETPCAP");
export const CAP_NET_BIND_SERVICE = named("NET_BIND_SERVICE");
export const CAP_NET_ADMIN = named("NET_ADMIN");
export const CAP_SYS_PTRACE = named("SYS_PTRACE");
export const CAP_SYS_NICE = named("SYS_NICE");

/** The numbers of the capabilities in a set, including those that have no name here. */
export function numbersOf(set: CapabilitySet): readonly number[] {
  return Array.from({ length: 64 }, (_, number) => number).filter((number) => includesAll(set, numbered(number)));
}

/** Formats a set: `none`, or `NET_ADMIN,SYS_NICE`. A set with more than half of the names is `all`, or `all but SYS_RESOURCE`. */
export function formatCapabilities(set: CapabilitySet): string {
  const numbers = numbersOf(set);
  if (numbers.length <= names.length / 2) return numbers.map((number) => names[number] ?? number).join(",") || "none";
  const missing = names.filter((_, number) => !numbers.includes(number));
  return missing.length === 0 ? "all" : `all but ${missing.join(",")}`;
}
