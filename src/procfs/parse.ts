/** Parses texts of files in /proc. Pure. A text that does not have the form of proc(5) gives undefined. */

/** Flags of a task in /proc/PID/stat. Source: include/linux/sched.h. */
const PF_EXITING = 0x4;
const PF_FORKNOEXEC = 0x40;
const PF_KTHREAD = 0x0020_0000;

/** The fields of /proc/PID/stat that the exporter needs. */
export interface TaskStat {
  readonly comm: string;
  /** The task's scheduler state: R, S, D, Z, ... */
  readonly state: string;
  readonly ppid: number;
  /** The task has begun to exit. The kernel has sent its exit event, or is about to. */
  readonly exiting: boolean;
  readonly kernelThread: boolean;
  /** The task was forked and has executed no program since. */
  readonly forkOnly: boolean;
  /** Number of threads of the process, including a leader that has exited. */
  readonly threads: number;
  /** Start time in clock ticks since the boot. A process is identified by its tgid and this. */
  readonly startTicks: number;
}

const isCount = (number: number): boolean => Number.isSafeInteger(number) && number >= 0;

/** Parses /proc/PID/stat. The command may contain spaces and parentheses, so it ends at the last closing one. */
export function parseStat(text: string): TaskStat | undefined {
  const open = text.indexOf("(");
  const close = text.lastIndexOf(") ");
  if (open < 0 || close < open) return undefined;
  // Splits off only the words that are used. The last of these must be followed by another: a line cut short within it would give
  // a wrong number.
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

/** Whether a task sleeps so that it can be interrupted. It then neither runs, nor waits for a CPU or a disk. */
export function isAsleep({ state }: TaskStat): boolean {
  return state === "S" || state === "I";
}

/** Finds the line `name:` in a file like /proc/PID/status. @returns its words */
export function parseStatusLine(text: string, name: string): readonly string[] | undefined {
  const line = text.split("\n").find((candidate) => candidate.startsWith(`${name}:`));
  return line
    ?.slice(name.length + 1)
    .split(/\s+/)
    .filter((word) => word !== "");
}

/**
 * Parses /proc/PID/cmdline. Each argument ends with a NUL, but a process that overwrites its arguments may leave out the last NUL,
 * or fill the rest with NULs. So empty arguments at the end are dropped, as process-exporter does.
 */
export function parseCmdline(text: string): readonly string[] {
  let end = text.length;
  while (text.charCodeAt(end - 1) === 0) end--;
  return end === 0 ? [] : text.slice(0, end).split("\0");
}

/**
 * Parses /proc/PID/cgroup, which has a line `id:controllers:path` for each hierarchy. In v2, once a zombie's control group was
 * removed, its path ends with ` (deleted)` (`proc_cgroup_show`). That suffix is left out.
 *
 * @returns the paths, in the order of the lines
 */
export function parseCgroups(text: string): readonly string[] {
  return text.split("\n").flatMap((line) => /^\d+:[^:]*:(.*)$/.exec(line)?.[1]?.replace(/ \(deleted\)$/, "") ?? []);
}

/** Ids of the real and the effective user. */
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

/** Parses passwd(5). @returns names by id. Where an id has several names, the first one counts, as for getpwuid(3) */
export function parsePasswd(text: string): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const line of text.split("\n")) {
    const [name = "", , id = ""] = line.split(":");
    if (name !== "" && /^\d{1,10}$/.test(id) && !names.has(Number(id))) names.set(Number(id), name);
  }
  return names;
}

/** Parses the line `btime` of /proc/stat: the time of the boot, in seconds since 1970. */
export function parseBootTime(text: string): number | undefined {
  const match = /^btime (\d{1,15})$/m.exec(text);
  return match === null ? undefined : Number(match[1]);
}

/** Parses the last word of /proc/loadavg: the id of the task that was created last in this pid namespace. */
export function parseLastPid(text: string): number | undefined {
  return parseTaskId(text.trim().split(" ").at(-1) ?? "");
}

/** Parses the first word of /proc/uptime: seconds since the boot. */
export function parseUptime(text: string): number | undefined {
  const match = /^\d{1,10}\.\d{2}(?= )/.exec(text);
  return match === null ? undefined : Number(match[0]);
}

/** Parses the name of a directory in /proc: the id of a process or thread; undefined for other names. */
export function parseTaskId(name: string): number | undefined {
  return /^[1-9]\d{0,9}$/.test(name) ? Number(name) : undefined;
}
