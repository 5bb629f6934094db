/** Text of mountinfo and of control groups' files, as kernels write it. */

import { expect, test } from "@jest/globals";
import { parseCpuHierarchy, parseIds, parseIsLimited, parseThrottledNs } from "../../src/procfs/cpu-hierarchy.ts";

const v1 = "31 30 0:28 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct\n";
const v2 = (root: string, path: string): string => `40 30 0:37 ${root} ${path} rw,relatime - cgroup2 cgroup2 rw\n`;
const others =
  "21 1 0:19 / /proc rw - proc proc rw\n33 30 0:30 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n\n";

test("takes v1's hierarchy where that has the controller, since v2's has none then", () => {
  const hybrid = `${others}${v2("/", "/sys/fs/cgroup/unified")}${v1}`;
  expect(parseCpuHierarchy(hybrid)).toEqual({ version: 1, path: "/sys/fs/cgroup/cpu,cpuacct" });
});

test("takes v2's hierarchy where v1's do not have the controller, and none where nothing is mounted", () => {
  expect(parseCpuHierarchy(others + v2("/", "/sys/fs/cgroup"))).toEqual({ version: 2, path: "/sys/fs/cgroup" });
  expect(parseCpuHierarchy(others)).toBeUndefined();
  expect(parseCpuHierarchy("- \n - cgroup2\n")).toBeUndefined();
});

test("of several mounts takes the one that shows most: the host's, as a container sees it, before its own", () => {
  const own = v2("/", "/sys/fs/cgroup");
  const host = v2("/../../..", "/host/my\\040cgroups");
  const part = v2("/system.slice/x.service", "/mnt");
  for (const order of [own + host + part, part + host + own, host + own + part]) {
    expect(parseCpuHierarchy(order)).toEqual({ version: 2, path: "/host/my cgroups" });
  }
  expect(parseCpuHierarchy(part + own)?.path).toBe("/sys/fs/cgroup");
});

test("tells a quota from none, in the words of either version", () => {
  expect(["10000\n", "10000 100000\n"].map(parseIsLimited)).toEqual([true, true]);
  expect(["-1\n", "max 100000\n", "", "0\n", "x"].map(parseIsLimited)).toEqual([false, false, false, false, false]);
});

test("gives throttled time in nanoseconds, and undefined where cpu.stat does not have it", () => {
  const stat1 = "nr_periods 5\nnr_throttled 4\nthrottled_time 123456789\nnr_bursts 0\n";
  const stat2 = "usage_usec 9\nuser_usec 5\nnr_periods 5\nnr_throttled 4\nthrottled_usec 42\nburst_usec 7\n";
  expect([stat1, stat2].map(parseThrottledNs)).toEqual([123_456_789, 42_000]);
  expect(["", "usage_usec 9\n", "throttled_usec -4\n", "throttled_usec 4x\n"].map(parseThrottledNs)).toEqual(
    Array.from({ length: 4 }),
  );
  expect(parseThrottledNs(`throttled_time ${"9".repeat(320)}\n`)).toBeUndefined();
});

test("leaves out the id 0 of processes in other pid namespaces", () => {
  expect(parseIds("12\n0\n7\n")).toEqual([12, 7]);
  expect(parseIds("")).toEqual([]);
});
