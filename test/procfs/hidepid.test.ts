import { describe, expect, test } from "@jest/globals";
import { findHidepid, needsTracing } from "../../src/procfs/hidepid.ts";

const mount = (point: string, options: string): string =>
  `25 30 0:22 / ${point} rw,nosuid,nodev,noexec,relatime shared:12 - proc proc rw${options}\n`;

describe("a mount of /proc", () => {
  test.each([
    ["hidepid=invisible", mount("/proc", ",hidepid=invisible")],
    ["hidepid=2", mount("/proc", ",gid=4,hidepid=2")],
    ["hidepid=invisible", mount("/proc", "") + mount("/proc", ",hidepid=invisible")],
    [undefined, mount("/proc", "")],
    [undefined, mount("/proc", ",hidepid=0")],
    [undefined, mount("/proc", ",hidepid=off")],
    [undefined, mount("/other", ",hidepid=2") + mount("/proc", "")],
    [undefined, ""],
  ])("is found to hide by %s", (want, mountinfo) => {
    expect(findHidepid(mountinfo, "/proc")).toBe(want);
  });
});

describe("a mount that hides needs tracing", () => {
  const groups = [0, 4, 7];

  test.each([
    [false, ""],
    [false, ",hidepid=0"],
    // Without gid= the group is 0.
    [false, ",hidepid=invisible"],
    [false, ",gid=7,hidepid=2"],
    [true, ",gid=8,hidepid=2"],
    [true, ",gid=8,hidepid=noaccess"],
    // Here membership in the group does not help.
    [true, ",gid=7,hidepid=ptraceable"],
    [true, ",hidepid=4"],
  ])("%s: options %j, of groups 0, 4 and 7", (want, options) => {
    expect(needsTracing(mount("/proc", options), "/proc", groups)).toBe(want);
  });

  test("not where it is another directory's", () => {
    expect(needsTracing(mount("/host/proc", ",hidepid=4"), "/proc", groups)).toBe(false);
  });
});
