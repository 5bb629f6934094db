/** Which privileges are given up, in which order, and which ones the restarted program has. */

import { describe, expect, test } from "@jest/globals";
import {
  CAP_DAC_READ_SEARCH,
  CAP_NET_ADMIN,
  CAP_SETPCAP,
  CAP_SYS_NICE,
  includesAll,
  noCapabilities,
} from "../../src/privileges/capabilities.ts";
import { giveUp, type GivingUp } from "../../src/privileges/give-up.ts";
import type { Privileges } from "../../src/privileges/status.ts";
import type { PrivilegeSystem, ThreadCapabilities } from "../../src/privileges/system.ts";

class Restarted extends Error {}

const all = 2n ** 41n - 1n;

const root: Privileges = {
  ...{ uid: 0, inheritable: noCapabilities, ambient: noCapabilities, permitted: all, effective: all, bounding: all },
  ...{ noNewPrivileges: false, seccomp: false },
};

const ordinary: Privileges = {
  ...root,
  ...{ uid: 7, inheritable: CAP_NET_ADMIN, ambient: CAP_NET_ADMIN },
  ...{ permitted: CAP_NET_ADMIN, effective: CAP_NET_ADMIN },
};

/** Stands for the kernel: holds the sets of the calling thread, and refuses calls as the kernel does. */
function run(current: Privileges, others: Partial<GivingUp> = {}) {
  const state = { ...current };
  const calls: string[] = [];
  const system: PrivilegeSystem = {
    setCapabilities(sets: ThreadCapabilities) {
      if (!includesAll(state.permitted, sets.permitted)) throw new Error("capset: EPERM");
      Object.assign(state, { effective: sets.effective, permitted: sets.permitted, inheritable: sets.inheritable });
    },
    setAmbient(set) {
      if (!includesAll(state.permitted & state.inheritable, set)) throw new Error("prctl: EPERM");
      Object.assign(state, { ambient: set });
    },
    dropFromBounding(set) {
      if (!includesAll(state.effective, CAP_SETPCAP)) throw new Error("prctl: EPERM");
      Object.assign(state, { bounding: state.bounding & ~set });
    },
    forbidNewPrivileges: () => void Object.assign(state, { noNewPrivileges: true }),
    keepOpen: () => undefined,
    execute: () => {
      throw new Restarted();
    },
  };
  let kept: string | undefined;
  const begin = (): void =>
    giveUp({
      ...{ current, needed: CAP_NET_ADMIN, files: [], isReadable: () => true },
      open() {
        calls.push("open");
        return system;
      },
      restart(given, why) {
        kept = why;
        return given.execute("node", []);
      },
      ...others,
    });
  const isReadableBy = (owned: readonly string[]) => (path: string) =>
    owned.includes(path) || includesAll(state.effective, CAP_DAC_READ_SEARCH);
  return { state, calls, begin, isReadableBy, kept: () => kept };
}

describe("giving up", () => {
  test("leaves root exactly the needed capabilities, and an empty inheritable set", () => {
    const { state, begin } = run(root);
    expect(begin).toThrow(Restarted);
    const set = CAP_NET_ADMIN;
    expect(state).toEqual({ ...root, permitted: set, effective: set, bounding: set, noNewPrivileges: true });
  });

  test("leaves an ordinary user the needed ones as ambient, and the bounding set, which it cannot reduce", () => {
    const set = CAP_NET_ADMIN | CAP_SYS_NICE;
    const { state, begin } = run({ ...ordinary, permitted: set, effective: set, inheritable: set, ambient: set });
    expect(begin).toThrow(Restarted);
    expect(state).toEqual({ ...ordinary, noNewPrivileges: true });
  });

  test("makes a capability that an ordinary user has by a file ambient, so that the restarted program has it", () => {
    const { state, begin } = run({ ...ordinary, inheritable: noCapabilities, ambient: noCapabilities });
    expect(begin).toThrow(Restarted);
    expect(state.ambient).toBe(CAP_NET_ADMIN);
  });

  test.each<[string, Privileges]>([
    ["an ordinary user", { ...ordinary, noNewPrivileges: true }],
    [
      "root",
      { ...root, permitted: CAP_NET_ADMIN, effective: CAP_NET_ADMIN, bounding: CAP_NET_ADMIN, noNewPrivileges: true },
    ],
  ])("makes no system call where %s has no more than what is needed", (_who, current) => {
    const { calls, begin } = run(current);
    begin();
    expect(calls).toEqual([]);
  });

  test("restarts the program also where only no_new_privs is missing", () => {
    expect(run(ordinary).begin).toThrow(Restarted);
  });

  test("never asks for a capability that is not permitted", () => {
    const { state, begin } = run(ordinary, { needed: CAP_NET_ADMIN | CAP_SYS_NICE });
    expect(begin).toThrow(Restarted);
    expect(state.permitted).toBe(CAP_NET_ADMIN);
  });

  test("keeps CAP_DAC_READ_SEARCH where one of the program's files cannot be read without it, and names the file", () => {
    const isReadable = (path: string): boolean => tried.isReadableBy(["/own"])(path);
    const tried = run(root, { files: ["/own", "/theirs"], isReadable });
    expect(tried.begin).toThrow(Restarted);
    expect(tried.state.permitted).toBe(CAP_NET_ADMIN | CAP_DAC_READ_SEARCH);
    expect(tried.kept()).toContain("/theirs cannot be read without it");
  });

  test("gives CAP_DAC_READ_SEARCH up where a file cannot be read even with it", () => {
    const tried = run(root, { files: ["/missing"], isReadable: () => false });
    expect(tried.begin).toThrow(Restarted);
    expect([tried.state.permitted, tried.kept()]).toEqual([CAP_NET_ADMIN, undefined]);
  });

  test("leaves the bounding set as it is where CAP_SETPCAP is missing", () => {
    const { state, begin } = run({ ...root, permitted: all & ~CAP_SETPCAP, effective: all & ~CAP_SETPCAP });
    expect(begin).toThrow(Restarted);
    expect([state.bounding, state.permitted, state.noNewPrivileges]).toEqual([all, CAP_NET_ADMIN, true]);
  });
});
