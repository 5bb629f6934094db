/**
 * The table of all errors that this program reports: who can act, what the error means, what to do.
 * `docs/errors.md` is generated from the table.
 */

/**
 * Where the cause lies, and so who can act: `bytes` could not be decoded, the `kernel` (or its configuration) refused,
 * a `socket` failed, or the `operator` made a mistake.
 */
export type ErrorClass = "bytes" | "kernel" | "socket" | "operator";

interface ErrorRow {
  readonly class: ErrorClass;
  readonly meaning: string;
  readonly remedy: string;
}

export const errorTable = {
  MESSAGE_TRUNCATED: {
    class: "bytes",
    meaning: "a datagram ended before the message it announced",
    remedy: "nothing, the message is dropped and counted; many of them point to a kernel defect",
  },
  MESSAGE_LENGTH: {
    class: "bytes",
    meaning: "a message or attribute carries a length that is shorter than its header or runs past its parent",
    remedy: "nothing, the message is dropped and counted",
  },
  MESSAGE_TYPE: {
    class: "bytes",
    meaning: "a message that is neither a taskstats record, nor an error reply, nor an event of a process",
    remedy: "nothing, the message is dropped and counted",
  },
  RECORD_MISSING: {
    class: "bytes",
    meaning: "a taskstats message without a struct or without the id beside it",
    remedy: "nothing, the message is dropped and counted",
  },
  RECORD_VERSION: {
    class: "bytes",
    meaning: "a struct taskstats of a version before 4, or shorter than the smallest known layout",
    remedy: "run a kernel of 2.6.21 or later",
  },
  PROC_TEXT: {
    class: "bytes",
    meaning: "a file below /proc did not have the form that proc(5) gives",
    remedy: "nothing, the process is read again by the next discovery",
  },
  FAMILY_MISSING: {
    class: "kernel",
    meaning: "the kernel does not offer the generic netlink family TASKSTATS",
    remedy: "run a kernel with CONFIG_TASKSTATS=y; before Linux 5.19 also run in the initial network namespace",
  },
  CAPABILITY_MISSING: {
    class: "kernel",
    meaning: "taskstats queries need CAP_NET_ADMIN, which this process lacks",
    remedy:
      "run as root, or grant it: setcap cap_net_admin+ep $(command -v node), AmbientCapabilities=CAP_NET_ADMIN in a systemd unit, capabilities.add: [NET_ADMIN] in a pod, or --cap-add=NET_ADMIN for a container, without no-new-privileges where Docker runs it as an ordinary user",
  },
  USER_NAMESPACE: {
    class: "kernel",
    meaning: "CAP_NET_ADMIN is held in a user namespace, and taskstats asks for it in the initial one",
    remedy: "start the exporter outside the user namespace (no unshare -U, no rootless container, no PrivateUsers=)",
  },
  PID_NAMESPACE: {
    class: "kernel",
    meaning: "exit events can be registered from the initial pid namespace only",
    remedy: "start the exporter in the host's pid namespace (hostPID: true in Kubernetes, --pid=host for containers)",
  },
  NETWORK_NAMESPACE: {
    class: "kernel",
    meaning: "the kernel accepted the registration for exit events and then delivered none",
    remedy:
      "start the exporter in the host's network namespace (hostNetwork: true in Kubernetes, --network=host for containers, no PrivateNetwork=)",
  },
  PROC_NAMESPACE: {
    class: "kernel",
    meaning:
      "the proc file system shows another pid namespace than the one this process lives in, so its ids mean other processes",
    remedy:
      "start the exporter in the pid namespace that this /proc was mounted for (hostPID: true), or mount its own: unshare --mount-proc",
  },
  REGISTER_REFUSED: {
    class: "kernel",
    meaning: "the kernel refused the registration for exit events",
    remedy: "read the errno beside this message; the exporter serves polled figures without them",
  },
  CONNECTOR_NAMESPACE: {
    class: "kernel",
    meaning: "the process connector answers in the initial network namespace only",
    remedy:
      "start the exporter in the host's network namespace (hostNetwork: true in Kubernetes, --network=host for containers, no PrivateNetwork=)",
  },
  CONNECTOR_MISSING: {
    class: "kernel",
    meaning: "the kernel does not tell of processes that start (the process connector)",
    remedy: "run a kernel with CONFIG_CONNECTOR=y and CONFIG_PROC_EVENTS=y, in the initial pid and user namespaces",
  },
  CONNECTOR_REFUSED: {
    class: "kernel",
    meaning: "the kernel refused to tell of processes that start (the process connector)",
    remedy: "run as root or with CAP_NET_ADMIN, and read the errno beside this message",
  },
  QUERY_REFUSED: {
    class: "kernel",
    meaning: "the kernel refused a taskstats query for a reason other than a missing process",
    remedy: "read the errno beside this message",
  },
  PROCESS_MISSING: {
    class: "operator",
    meaning: "there is no process or thread with the id that was asked for, or it has just ended",
    remedy: "choose a live one: ps -eL -o pid,lwp,comm",
  },
  TASK_UNFIT: {
    class: "operator",
    meaning:
      "the id that was asked for is a kernel thread's, or a zombie's: a process that has ended and is in no group",
    remedy: "choose a live process: ps -e -o pid,stat,comm",
  },
  CGROUP_MISSING: {
    class: "operator",
    meaning: "there is no directory of the name that was given, or its control group was removed",
    remedy:
      "name one that exists: ls -d /sys/fs/cgroup/*/*/; in a container, mount the host's /sys/fs/cgroup. Series come back with the directory",
  },
  CGROUP_V2: {
    class: "operator",
    meaning: "the directory is one of cgroup v2, and the kernel counts the tasks of control groups of v1 only",
    remedy:
      "name a directory of a hierarchy of v1, if there is one: grep 'cgroup ' /proc/mounts; for cgroup v2, group processes by control group in the configuration instead (cgroup: in process_names)",
  },
  CGROUP_UNFIT: {
    class: "operator",
    meaning: "what was named is not the directory of a control group",
    remedy: "name a directory below a hierarchy of cgroup v1, such as /sys/fs/cgroup/cpu/NAME",
  },
  CGROUP_UNREADABLE: {
    class: "operator",
    meaning: "the directory of a control group could not be opened, or not in time",
    remedy: "read the error beside this message",
  },
  CGROUP_UNANSWERED: {
    class: "kernel",
    meaning:
      "the kernel did not say how many tasks a control group has: the descriptor of its directory was bad, or the answer was lost or malformed",
    remedy: "ask again; if it recurs, report it",
  },
  PROC_UNREADABLE: {
    class: "operator",
    meaning: "the proc file system could not be read",
    remedy: "mount it, or say where it is: --path.procfs=/proc",
  },
  PROC_HIDDEN: {
    class: "operator",
    meaning:
      "the proc file system shows this user its own processes only (hidepid, ProtectProc=), so that processes of others are counted when they end, and not before",
    remedy:
      "grant CAP_SYS_PTRACE besides (AmbientCapabilities=, --cap-add=SYS_PTRACE), run as a member of the group that the mount's gid= names, leave ProtectProc= out of the unit, or mount it open: mount -o remount,hidepid=0 /proc",
  },
  EXEC_WATCHER: {
    class: "kernel",
    meaning: "the thread that watches programs being started has ended",
    remedy: "nothing, short-lived processes that a rule needs more of than their command are in the group unidentified",
  },
  EXECS_MISSED: {
    class: "kernel",
    meaning:
      "a program ended before its command line or control group could be read, since the thread that reads them has no priority",
    remedy:
      "grant CAP_SYS_NICE besides CAP_NET_ADMIN: setcap cap_net_admin,cap_sys_nice+ep $(command -v node), AmbientCapabilities=CAP_NET_ADMIN CAP_SYS_NICE in a systemd unit, or capabilities.add: [NET_ADMIN, SYS_NICE] in a pod",
  },
  SOCKET_FAILED: {
    class: "socket",
    meaning: "a call on a netlink socket failed",
    remedy: "read the errno beside this message",
  },
  PLATFORM: {
    class: "operator",
    meaning: "this machine is not a 64-bit Linux, whose C structures this program relies on",
    remedy: "run it on Linux on x86-64, arm64, riscv64 or another 64-bit processor",
  },
  POLL_INCOMPLETE: {
    class: "socket",
    meaning: "the kernel answered fewer queries than were sent",
    remedy: "nothing, the processes are asked again by the next scrape; if it recurs, report it",
  },
  SCRAPE_TIMEOUT: {
    class: "operator",
    meaning: "the page was not ready within the time that the scraper allows",
    remedy: "raise scrape_timeout, or look at taskstats_exporter_poll_duration_seconds",
  },
  NOT_READY: {
    class: "operator",
    meaning: "the exporter has not taken its baseline yet, or is ending",
    remedy: "ask again, /-/ready answers 200 when it is ready",
  },
  COLLECTION_FAILED: {
    class: "socket",
    meaning: "a collection ended with an error that no other code describes",
    remedy: "read the cause beside this message and report it",
  },
  FLAG_UNKNOWN: {
    class: "operator",
    meaning: "a flag this program does not have",
    remedy: "run the program with --help",
  },
  FLAG_VALUE: {
    class: "operator",
    meaning: "a flag's value is not of the form it takes",
    remedy: "run the program with --help",
  },
  COMMAND_UNKNOWN: {
    class: "operator",
    meaning: "a command this program does not have",
    remedy: "run the program with --help",
  },
  LISTEN_FAILED: {
    class: "operator",
    meaning: "the address to listen on could not be opened",
    remedy:
      "choose another: --web.listen-address=:10276; the message says more, by what was wrong: a port that is taken or below 1024, an address that is not this host's, a name that does not resolve",
  },
  OUTPUT_FAILED: {
    class: "operator",
    meaning: "what a command says could not be written to standard output",
    remedy: "see that the disk it goes to has room",
  },
  EXPORTER_UNREACHABLE: {
    class: "operator",
    meaning: "no exporter answered at the address that was given, or not in time, or its certificate was not good",
    remedy:
      "see that it runs, and where it listens (its log has a line `serving` with the address); NODE_EXTRA_CA_CERTS=FILE names the authority of its certificate; without --exporter `top` collects itself, which needs root",
  },
  EXPORTER_OLD: {
    class: "operator",
    meaning: "what answers has no /live.json: it is an exporter of an earlier version, or another program",
    remedy:
      "upgrade the exporter, or name its whole address with the path of a proxy: --exporter=http://HOST:PORT/PATH/; without --exporter `top` collects itself, which needs root",
  },
  EXPORTER_PASSWORD: {
    class: "operator",
    meaning: "the exporter asks for a user's name and password, or those that were given are wrong",
    remedy: "give both: --exporter=http://USER:PASSWORD@HOST:PORT/",
  },
  EXPORTER_ANSWER: {
    class: "bytes",
    meaning: "the exporter answered with an error, or with something else than the rates of groups",
    remedy: "see what it says: curl the address that the message names; both programs should have the same version",
  },
  SYSTEM_LIMIT: {
    class: "operator",
    meaning: "the system refused files, threads or memory that the program needs to start",
    remedy: "raise the limit: ulimit -n 1024, LimitNOFILE= and TasksMax= in a systemd unit, --ulimit for a container",
  },
  WEB_CONFIG: {
    class: "operator",
    meaning:
      "the file of --web.config.file is missing, unreadable or not of the form that Prometheus' exporter-toolkit defines",
    remedy: "mend the place that the message names",
  },
  CONFIG: {
    class: "operator",
    meaning: "the configuration file is missing, unreadable or not of the form that docs/configuration.md describes",
    remedy: "mend the place that the message names",
  },
  KUBERNETES_MISSING: {
    class: "operator",
    meaning:
      "names of pods were asked for (--kubernetes=on) where there is no API server to ask, or no node to ask for",
    remedy:
      "run in a pod with a service account's token mounted, and set NODE_NAME from spec.nodeName (or --kubernetes.node=NAME); or --kubernetes=off",
  },
  KUBERNETES_UNREACHABLE: {
    class: "operator",
    meaning: "the Kubernetes API server could not be reached, did not answer in time, or its certificate was not good",
    remedy:
      "see that the node reaches it and that ca.crt of the service account is its authority; names of pods stay as they were, and it is tried again",
  },
  KUBERNETES_REFUSED: {
    class: "operator",
    meaning: "the Kubernetes API server refuses to list or watch the pods of this node",
    remedy:
      "grant the exporter's service account the verbs list and watch on pods (a ClusterRole with a ClusterRoleBinding), and mount its token; it is tried again",
  },
  KUBERNETES_ANSWER: {
    class: "bytes",
    meaning: "the Kubernetes API server answered with an error of its own, or with what is no list or watch of pods",
    remedy:
      "nothing, names of pods stay as they were, and it is tried again; if it recurs, look at the API server's log",
  },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof errorTable;

/** One fault in one place. */
export interface ErrorDetails {
  /** The place of the fault: file and line, flag, operation, or process. */
  readonly where: string;
  readonly want: string;
  readonly got: string;
  /** What to do, where this fault allows a more precise answer than the table's remedy. */
  readonly remedy?: string;
  readonly cause?: unknown;
}

/** Formats the line of a message for one fault. */
function formatLine(code: ErrorCode, { where, want, got, remedy = errorTable[code].remedy }: ErrorDetails): string {
  return `${code} at ${where}: want ${want}, got ${got}; ${remedy}`;
}

/** The only exception class of this program. Its message has a line for each fault: `CODE at WHERE: want X, got Y; do Z`. */
export class ExporterError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;
  /** All faults, `details` first. A configuration file can have several, because it is checked to its end. */
  readonly faults: readonly ErrorDetails[];

  /** @param others further faults, besides `details` */
  constructor(code: ErrorCode, details: ErrorDetails, others: readonly ErrorDetails[] = []) {
    const faults = [details, ...others];
    super(faults.map((fault) => formatLine(code, fault)).join("\n"), { cause: details.cause });
    this.name = "ExporterError";
    this.code = code;
    this.details = details;
    this.faults = faults;
  }

  get where(): string {
    return this.details.where;
  }

  get class(): ErrorClass {
    return errorTable[this.code].class;
  }
}

/** The code under which a caught value is counted: its own code, or `fallback` if it is no `ExporterError`. */
export function errorCodeOf(error: unknown, fallback: ErrorCode): ErrorCode {
  return error instanceof ExporterError ? error.code : fallback;
}
