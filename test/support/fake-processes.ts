/**
 * The processes of the fake kernel, with the figures that a test gives them. Nothing here knows a message.
 * Modelled on kernel/taskstats.c, kernel/tsacct.c and kernel/exit.c; test/kernel tests the same facts on the real kernel.
 */

/** Values of members of `struct taskstats` by name, in kernel units. */
export type Figures = Record<string, number>;

export interface FakeThread {
  /** Changes when the thread execs: it takes over the leader's id. */
  tid: number;
  startUs: number;
  comm: string;
  /** The kernel's own counters; a test may write to them. */
  readonly figures: Figures;
  /** AFORK, and bits that a test sets. The exit event has these and the bits that the exit sets. */
  flags: number;
  /**
   * `ending`: the exit event is sent and the figures are in the sums of exited threads, but a TGID reply still adds the
   * thread, and so counts it twice. `ended`: a leader that stays as a zombie.
   */
  state: "running" | "ending" | "ended";
  exitStatus: number;
}

export interface FakeProcess {
  readonly tgid: number;
  ppid: number;
  uid: number;
  gid: number;
  nice: number;
  readonly kernelThread: boolean;
  /** The CPU on which its threads exit. */
  cpu: number;
  startUs: number;
  cmdline: readonly string[];
  cgroup: string;
  /** Members that are the same in the records of all threads: hiwater_rss, hiwater_vm, ac_exe_dev, ac_exe_inode. */
  readonly shared: Figures;
  /** By thread id. */
  readonly threads: Map<number, FakeThread>;
  /** Sums over exited threads; undefined until the first thread exits that is not the only one. */
  dead: Figures | undefined;
  /** All threads have exited, and the process waits to be reaped. */
  zombie: boolean;
}

export const AFORK = 1;

const kinds = ["cpu", "blkio", "swapin", "freepages", "thrashing", "compact", "wpcopy", "irq"];

/** What a TGID reply sums over threads on every kernel. */
const delaySums = [
  ...kinds.flatMap((kind) => [`${kind}_count`, `${kind}_delay_total`]),
  "cpu_run_real_total",
  "cpu_run_virtual_total",
  "cpu_scaled_run_real_total",
];

/** What a TGID reply sums too, until a thread exits: then 5.10 and 6.1 forget its share. */
const accountingSums = ["nvcsw", "nivcsw", "ac_etime", "ac_utime", "ac_stime"];

const largest = kinds.flatMap((kind) => [`${kind}_delay_max`, `${kind}_delay_min`]);

export function addFigures(to: Figures, from: Readonly<Figures>): void {
  for (const [name, value] of Object.entries(from)) to[name] = (to[name] ?? 0) + value;
}

function pick(figures: Readonly<Figures>, names: readonly string[]): Figures {
  return Object.fromEntries(names.map((name) => [name, figures[name] ?? 0]));
}

/** A thread's own counters and its age. */
function measured(thread: FakeThread, nowUs: number): Figures {
  return { ...thread.figures, ac_etime: thread.figures.ac_etime ?? nowUs - thread.startUs };
}

/** What the sums over exited threads gain when this thread exits. */
export function deadShare(thread: FakeThread, nowUs: number, deadThreadsKept: boolean): Figures {
  return pick(measured(thread, nowUs), deadThreadsKept ? [...delaySums, ...accountingSums] : delaySums);
}

/** The members of a TGID reply: the sums over exited threads, and the figures of all others. */
export function groupFigures(process: FakeProcess, nowUs: number): Figures {
  const sums = { ...process.dead };
  for (const thread of process.threads.values()) {
    if (thread.state === "ended") continue;
    const figures = measured(thread, nowUs);
    addFigures(sums, pick(figures, [...delaySums, ...accountingSums]));
    // The largest waits are not summed: the reply has those of the last thread that the kernel walked over.
    Object.assign(sums, pick(figures, largest));
  }
  return sums;
}

export interface RecordContext {
  readonly nowUs: number;
  /** Seconds since 1970. */
  readonly bootTime: number;
}

/** The members of a PID reply, ac_comm left out. */
export function threadFigures(process: FakeProcess, thread: FakeThread, { nowUs, bootTime }: RecordContext): Figures {
  const startSeconds = bootTime + Math.floor(thread.startUs / 1e6);
  const shared = thread.state === "ended" ? {} : process.shared;
  return {
    ac_btime: startSeconds,
    ac_btime64: startSeconds,
    ac_tgetime: nowUs - process.startUs,
    ac_nice: process.nice,
    ac_flag: thread.flags,
    ac_exitcode: thread.exitStatus,
    ...shared,
    ...measured(thread, nowUs),
    ac_uid: process.uid,
    ac_gid: process.gid,
    ac_pid: thread.tid,
    ac_tgid: process.tgid,
    ac_ppid: process.ppid,
  };
}
