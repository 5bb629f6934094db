/** What the shipped filter of system calls lets through, by its text. That the program works under it: test/e2e/seccomp.test.ts. */

import { describe, expect, test } from "@jest/globals";
import { makeProfile, readProfile } from "../seccomp/profile.ts";

const profile = readProfile();
const allowed = new Set(
  profile.syscalls.filter(({ action }) => action === "SCMP_ACT_ALLOW").flatMap(({ names }) => names),
);

describe("deploy/seccomp/taskstats-exporter.json", () => {
  test("refuses with EPERM what it does not name", () => {
    expect([profile.defaultAction, profile.defaultErrnoRet]).toEqual(["SCMP_ACT_ERRNO", 1]);
  });

  test.each([
    ["other processes", ["ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "kcmp"]],
    ["namespaces and mounts", ["unshare", "setns", "mount", "umount2", "pivot_root", "chroot", "open_tree", "fsopen"]],
    [
      "the kernel",
      ["bpf", "perf_event_open", "init_module", "finit_module", "kexec_load", "reboot", "syslog", "io_uring_setup"],
    ],
    ["the machine", ["settimeofday", "clock_settime", "sethostname", "swapon", "quotactl", "acct", "iopl", "ioperm"]],
    ["keys and code of others", ["add_key", "keyctl", "request_key", "userfaultfd", "memfd_create", "execveat"]],
    [
      "files of others",
      ["chmod", "fchmodat", "chown", "fchownat", "open_by_handle_at", "rename", "link", "symlink", "mknod"],
    ],
  ])("lets nothing through that concerns %s", (_what, names) => {
    expect(names.filter((name) => allowed.has(name))).toEqual([]);
  });

  test("lets sockets through of the families unix, inet, inet6 and netlink, and no others", () => {
    const rules = profile.syscalls.filter(({ names }) => names.includes("socket"));
    expect(rules.map(({ args = [] }) => args.map(({ index, value, op }) => `${index} ${op} ${value}`))).toEqual(
      [1, 2, 10, 16].map((family) => [`0 SCMP_CMP_EQ ${family}`]),
    );
  });

  test("has a clone without namespaces, and no clone3, whose flags no filter sees", () => {
    const rules = profile.syscalls.filter(({ names }) => names.some((name) => name.startsWith("clone")));
    expect(rules.filter(({ names }) => names.includes("clone")).map(({ args }) => args)).toEqual([
      // linux/sched.h: CLONE_NEWNS | NEWCGROUP | NEWUTS | NEWIPC | NEWUSER | NEWPID | NEWNET
      [{ index: 0, value: 0x7e020000, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" }],
    ]);
    const clone3 = rules.find(({ names }) => names.includes("clone3"));
    expect([clone3?.action, clone3?.errnoRet]).toEqual(["SCMP_ACT_ERRNO", 38]);
  });

  test("is what its generator makes", () => {
    const recorded = profile.syscalls.flatMap(({ names }) => names);
    expect(makeProfile(recorded)).toEqual(profile);
  });

  test("names each call once, in order", () => {
    const names = profile.syscalls[0]?.names ?? [];
    expect(names).toEqual([...new Set(names)].sort());
  });
});
