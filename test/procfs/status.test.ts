/** What is read of /proc/PID/status and /proc/PID/limits. */

import { describe, expect, test } from "@jest/globals";
import { parseDescriptorLimit, parseTaskStatus } from "../../src/procfs/status.ts";

const text = `Name:	evil) State:	Z (zombie)
Umask:	0022
State:	D (disk sleep)
Tgid:	17
VmPeak:	    3060 kB
VmSize:	    3000 kB
VmRSS:	    1784 kB
VmSwap:	       4 kB
HugetlbPages:	       0 kB
Threads:	1
voluntary_ctxt_switches:	40
nonvoluntary_ctxt_switches:	2
`;

describe("a status", () => {
  test("has the state, the memory by line, and the sum of both kinds of context switches", () => {
    const { state, switches, memoryKb } = parseTaskStatus(text) ?? {};
    expect({ state, switches }).toEqual({ state: "D", switches: 42 });
    expect(Object.fromEntries(memoryKb ?? [])).toEqual({ VmPeak: 3060, VmSize: 3000, VmRSS: 1784, VmSwap: 4 });
  });

  test("of a kernel thread or a zombie has no memory", () => {
    expect(parseTaskStatus("Name:\tx\nState:\tZ (zombie)\n")?.memoryKb.size).toBe(0);
  });

  test.each(["", "Name:\tx\n", "State:\n", "State:\t(running)\n", "State:\t7\n"])(
    "without a state is none: %j",
    (line) => {
      expect(parseTaskStatus(line)).toBeUndefined();
    },
  );
});

describe("the limit of descriptors", () => {
  const limits = (
    soft: string,
  ): string => `Limit                     Soft Limit           Hard Limit           Units     
Max processes             15000                15000                processes 
Max open files            ${soft.padEnd(20)} 524288               files     
`;

  test("is the soft one", () => {
    expect(parseDescriptorLimit(limits("1024"))).toBe(1024);
  });

  test("may be unlimited", () => {
    expect(parseDescriptorLimit(limits("unlimited"))).toBe(Infinity);
  });

  test.each(["", "Max open files", limits("many")])("is not known from another text: %j", (other) => {
    expect(parseDescriptorLimit(other)).toBeUndefined();
  });
});
