/** Text of /proc files to values. Pure; text that has not the form of proc(5) gives undefined. */

/** Flags of a task in /proc/PID/stat. Source: include/linux/sched.h. */
const PF_EXITING = 0x4;
const PF_FORKNOEXEC = 0x40;
const PF_KTHREAD = 0x0020_0000;

/** What the exporter needs of /proc/PID/stat. */
export interface TaskStat {
  readonly comm: string;
  /** The task's scheduler state: R, S, D, Z, ... */
  readonly state: string;
  readonly ppid: number;
  /** It has begun to end: its exit event is sent or about to be. */
  readonly exiting: boolean;
  readonly kernelThread: boolean;
  /** It was forked and has started no program since. */
  readonly forkOnly: boolean;
  /** Threads of its process, an ended leader included. */
  readonly threads: number;
  /** Start in clock ticks since boot. With the tgid it identifies a process. */
  readonly startTicks: number;
}

const isCount = (number: number): boolean => Number.isSafeInteger(number) && number >= 0;

/** Parses /proc/PID/stat. The command may hold spaces and parentheses: it ends at the last one. */
export function parseStat(text: string): TaskStat | undefined {
  const open = text.indexOf("(");
  const close = text.lastIndexOf(") ");
  if (open < 0 || close < open) return undefined;
  // No more of its 50 words than are read. A line that is cut within one, or just before it, would give another number.
  const words = text.slice(close + 2).split(" ", 21);
  if (words.length <= 20) return undefined;
  const [ppid, flags, threads, startTicks] = [1, 6, 17, 19].map((index) => Number(words[index] || NaN));
  if (ppid === undefined || flags === undefined || threads === undefined || startTicks === undefined) return undefined;
  if (![ppid, flags, threads, startTicks].every(isCount)) return undefined;
  return {
    comm: text.slice(open + 1, close),
    state: words[0] ?? "",
    ppid,
    exiting: (flags & PF_EXITING) !== 0,
    kernelThread: (flags & PF_KTHREAD) !== 0,
    forkOnly: (flags & PF_FORKNOEXEC) !== 0,
    threads,
    startTicks,
  };
}

/** True for a task that neither runs, nor waits for a CPU, nor waits for what cannot be interrupted, such as a disk. */
export function isAsleep({ state }: TaskStat): boolean {
  return state === "S" || state === "I";
}

/** Parses the line `name:` of a file like /proc/PID/status. @returns its words */
export function parseStatusLine(text: string, name: string): readonly string[] | undefined {
  const line = text.split("\n").find((candidate) => candidate.startsWith(`${name}:`));
  return line
    ?.slice(name.length + 1)
    .split(/\s+/)
    .filter((word) => word !== "");
}

/**
 * Parses /proc/PID/cmdline. Arguments end with a NUL, though a process that rewrites its own may leave the last one out, or
 * fill the space with many: empty arguments at the end are none, as for process-exporter.
 */
export function parseCmdline(text: string): readonly string[] {
  let end = text.length;
  while (text.charCodeAt(end - 1) === 0) end--;
  return end === 0 ? [] : text.slice(0, end).split("\0");
}

/**
 * Parses /proc/PID/cgroup, a line `id:controllers:path` per hierarchy. In v2 the path of a zombie ends in `(deleted)` once
 * its group was removed (`proc_cgroup_show`), and means the same group without it.
 *
 * @returns the paths, one per line
 */
export function parseCgroups(text: string): readonly string[] {
  return text.split("\n").flatMap((line) => /^\d+:[^:]*:(.*)$/.exec(line)?.[1]?.replace(/ \(deleted\)$/, "") ?? []);
}

/** Real and effective user. */
export interface Uids {
  readonly real: number;
  readonly effective: number;
}

/** Parses the line `Uid:` of /proc/PID/status. */
export function parseUids(text: string): Uids | undefined {
  const [real, effective] = (parseStatusLine(text, "Uid") ?? []).map(Number);
  if (real === undefined || effective === undefined) return undefined;
  return isCount(real) && isCount(effective) ? { real, effective } : undefined;
}

/** Parses passwd(5). @returns names by id; of several names of one id the first, as getpwuid(3) gives it */
export function parsePasswd(text: string): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const line of text.split("\n")) {
    const [name = "", , id = ""] = line.split(":");
    if (name !== "" && /^\d{1,10}$/.test(id) && !names.has(Number(id))) names.set(Number(id), name);
  }
  return names;
}

/** Parses `btime` of /proc/stat: the boot, in seconds since 1970. */
export function parseBootTime(text: string): number | undefined {
  const match = /^btime (\d{1,15})$/m.exec(text);
  return match === null ? undefined : Number(match[1]);
}

/** Parses the last word of /proc/loadavg: the id that was given to a task last, in this pid namespace. */
export function parseLastPid(text: string): number | undefined {
  return parseTaskId(text.trim().split(" ").at(-1) ?? "");
}

/** The id that a directory of a process or thread is named for; undefined for all other names. */
export function parseTaskId(name: string): number | undefined {
  return /^[1-9]\d{0,9}$/.test(name) ? Number(name) : undefined;
}
