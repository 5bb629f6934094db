/**
 * The filter of system calls that is shipped: what the program was seen to call, and what others call in the place of that. In the
 * form of the runtime specification, which Docker, podman, containerd and CRI-O read.
 */

import { readFileSync } from "node:fs";

export interface Condition {
  readonly index: number;
  readonly value: number;
  readonly valueTwo?: number;
  readonly op: "SCMP_CMP_EQ" | "SCMP_CMP_MASKED_EQ";
}

export interface Rule {
  readonly names: readonly string[];
  readonly action: "SCMP_ACT_ALLOW" | "SCMP_ACT_ERRNO";
  readonly errnoRet?: number;
  readonly args?: readonly Condition[];
}

export interface Profile {
  readonly defaultAction: "SCMP_ACT_ERRNO";
  readonly defaultErrnoRet: number;
  readonly architectures: readonly string[];
  readonly syscalls: readonly Rule[];
}

export const profileUrl = new URL("../../deploy/seccomp/taskstats-exporter.json", import.meta.url);

export const readProfile = (): Profile => JSON.parse(readFileSync(profileUrl, "utf8")) as Profile;

const EPERM = 1;
const ENOSYS = 38;

/** Families of sockets. Source: include/linux/socket.h. */
const families = { AF_UNIX: 1, AF_INET: 2, AF_INET6: 10, AF_NETLINK: 16 } as const;

/** Flags of clone(2) for namespaces: CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. */
const namespaceFlags = 0x7e02_0000;

/** Called by a container's runtime between the filter and the program. */
const runtimes = [
  ...["capget", "capset", "chdir", "close", "close_range", "execve", "fchdir", "fchown", "fcntl", "fstat", "fstatfs"],
  ...[
    "futex",
    "getdents64",
    "getpid",
    "getppid",
    "gettid",
    "newfstatat",
    "openat",
    "openat2",
    "prctl",
    "read",
    "rt_sigaction",
  ],
  ...[
    "rt_sigprocmask",
    "setgid",
    "setgroups",
    "setuid",
    "setresgid",
    "setresuid",
    "sigaltstack",
    "statfs",
    "tgkill",
    "write",
  ],
];

/** What other versions of Node, V8 and the C library call, other kernels, and arm64, which lacks the old ones. */
const others = [
  ...["access", "faccessat", "faccessat2", "open", "openat", "stat", "lstat", "fstat", "newfstatat", "statx"],
  ...[
    "readlink",
    "readlinkat",
    "getdents",
    "getdents64",
    "lseek",
    "pread64",
    "readv",
    "preadv",
    "pwrite64",
    "writev",
    "fsync",
  ],
  ...["poll", "ppoll", "select", "pselect6", "epoll_create", "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait"],
  ...["epoll_pwait2", "eventfd", "eventfd2", "pipe", "pipe2", "dup", "dup2", "dup3", "fcntl", "ioctl", "flock"],
  ...[
    "accept",
    "accept4",
    "bind",
    "connect",
    "listen",
    "shutdown",
    "getsockname",
    "getpeername",
    "getsockopt",
    "setsockopt",
  ],
  ...["sendto", "sendmsg", "sendmmsg", "recvfrom", "recvmsg", "recvmmsg"],
  ...[
    "fork",
    "vfork",
    "wait4",
    "waitid",
    "exit",
    "exit_group",
    "kill",
    "tgkill",
    "tkill",
    "restart_syscall",
    "rt_sigreturn",
  ],
  ...[
    "rt_sigpending",
    "rt_sigtimedwait",
    "rt_sigsuspend",
    "signalfd4",
    "sched_yield",
    "sched_getaffinity",
    "sched_setscheduler",
  ],
  ...[
    "sched_getscheduler",
    "sched_getparam",
    "sched_get_priority_max",
    "sched_get_priority_min",
    "getpriority",
    "getcpu",
  ],
  ...["mmap", "munmap", "mremap", "mprotect", "madvise", "mincore", "mlock", "munlock", "brk", "membarrier"],
  ...[
    "pkey_alloc",
    "pkey_free",
    "pkey_mprotect",
    "futex",
    "set_robust_list",
    "get_robust_list",
    "set_tid_address",
    "rseq",
  ],
  ...["arch_prctl", "clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "time", "times"],
  ...[
    "timerfd_create",
    "timerfd_settime",
    "getrandom",
    "getrusage",
    "getrlimit",
    "setrlimit",
    "prlimit64",
    "sysinfo",
    "uname",
  ],
  ...[
    "getuid",
    "geteuid",
    "getgid",
    "getegid",
    "getgroups",
    "getresuid",
    "getresgid",
    "getpgrp",
    "getpgid",
    "getsid",
    "getcwd",
  ],
  ...["umask", "unlink", "unlinkat", "setsid", "setpgid", "inotify_init1", "inotify_add_watch", "inotify_rm_watch"],
];

/** Rules with conditions of their own. */
const conditional = ["clone", "clone3", "socket", "socketpair"];

/** What such a program has no business with, should it have been recorded all the same. */
const never = [
  "ptrace",
  "io_uring_setup",
  "io_uring_enter",
  "io_uring_register",
  "seccomp",
  "unshare",
  "setns",
  "mount",
  "bpf",
];

const allow = (args: readonly Condition[], ...names: string[]): Rule => ({ names, action: "SCMP_ACT_ALLOW", args });

/** @param recorded names of calls that the program was seen to make */
export function makeProfile(recorded: Iterable<string>): Profile {
  const left = new Set([...conditional, ...never]);
  const names = [...new Set([...recorded, ...runtimes, ...others])].filter((name) => !left.has(name)).sort();
  const family = (value: number): readonly Condition[] => [{ index: 0, value, op: "SCMP_CMP_EQ" }];
  return {
    defaultAction: "SCMP_ACT_ERRNO",
    defaultErrnoRet: EPERM,
    architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"],
    syscalls: [
      { names, action: "SCMP_ACT_ALLOW" },
      ...Object.values(families).map((value) => allow(family(value), "socket")),
      allow(family(families.AF_UNIX), "socketpair"),
      // Threads and processes, and no namespaces.
      allow([{ index: 0, value: namespaceFlags, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" }], "clone"),
      // Its flags are in memory, where no filter looks: the C library takes clone instead.
      { names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: ENOSYS },
    ],
  };
}
