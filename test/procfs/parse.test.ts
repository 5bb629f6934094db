/** Texts of proc(5): complete, cut short and random. */

import { describe, expect, test } from "@jest/globals";
import { fc } from "../support/properties.ts";
import {
  parseBootTime,
  parseCgroups,
  parseLastPid,
  parseStat,
  parseStatusLine,
  parseUids,
  parseUptime,
  parseTaskId,
} from "../../src/procfs/parse.ts";

const PF_EXITING = 0x4;
const PF_KTHREAD = 0x200000;

interface StatFields {
  readonly comm?: string;
  readonly state?: string;
  readonly ppid?: number;
  readonly flags?: number;
  readonly threads?: number;
  readonly startTicks?: number | string;
}

/** A line of /proc/PID/stat of Linux 6.18, 52 fields; the others are distinct numbers. */
function statLine(fields: StatFields = {}): string {
  const { comm = "cat", state = "S", ppid = 501, flags = 4194304, threads = 3, startTicks = 987654 } = fields;
  const words = Array.from({ length: 52 }, (_, index) => String(9_000 + index + 1));
  const set = (field: number, value: string | number): void => void (words[field - 1] = String(value));
  set(1, 4711);
  set(2, `(${comm})`);
  set(3, state);
  set(4, ppid);
  set(9, flags);
  set(20, threads);
  set(22, startTicks);
  return `${words.join(" ")}\n`;
}

describe("a stat line", () => {
  test("gives the fields that proc_pid_stat(5) numbers 2, 3, 4, 9, 20 and 22", () => {
    expect(parseStat(statLine())).toEqual({
      ...{ comm: "cat", state: "S", ppid: 501, exiting: false, kernelThread: false, forkOnly: false },
      ...{ threads: 3, startTicks: 987654 },
    });
  });

  test("of a running kernel is understood", () => {
    const line =
      "1 (systemd) S 0 1 1 0 -1 4194560 85394 2953116 69 1240 102 310 8213 3315 20 0 1 0 4 23719936 3327 " +
      "18446744073709551615 1 1 0 0 0 0 671173123 4096 1260 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n";
    expect(parseStat(line)).toEqual({
      ...{ comm: "systemd", state: "S", ppid: 0, exiting: false, kernelThread: false, forkOnly: false },
      ...{ threads: 1, startTicks: 4 },
    });
  });

  test.each([
    "two words",
    "a) S 1 (b",
    "((((",
    "))))",
    ") ",
    "",
    " ",
    "line\nbreak",
    "\n1 (x) S 1",
    "tab\tbell\u0007",
    "kworker/0:1H-kblockd",
    "(sd-pam)",
    "müller",
  ])("has the command %j whole", (comm) => {
    expect(parseStat(statLine({ comm }))).toEqual(parseStat(statLine()) && { ...parseStat(statLine()), comm });
  });

  test("has any command of 15 characters whole", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 15, unit: "binary-ascii" }), (comm) => {
        expect(parseStat(statLine({ comm }))).toMatchObject({ comm, startTicks: 987654 });
      }),
      { interruptAfterTimeLimit: 1000 },
    );
  });

  test("says whether the task is exiting, and whether it is a kernel thread", () => {
    expect(parseStat(statLine({ flags: PF_EXITING }))).toMatchObject({ exiting: true, kernelThread: false });
    expect(parseStat(statLine({ flags: PF_KTHREAD | 0x40 }))).toMatchObject({ exiting: false, kernelThread: true });
    // PF_SUSPEND_TASK is the uppermost of the 32 bits.
    expect(parseStat(statLine({ flags: 0x8000_0000 + PF_KTHREAD + PF_EXITING }))).toMatchObject({
      ...{ exiting: true, kernelThread: true },
    });
  });

  test("cut before the end of its 22nd field is not understood", () => {
    const line = statLine();
    const end = line.indexOf("987654") + "987654".length;
    for (let length = 0; length <= end; length++) {
      expect({ length, stat: parseStat(line.slice(0, length)) }).toEqual({ length, stat: undefined });
    }
    expect(parseStat(line.slice(0, end + 1))).toEqual(parseStat(line));
  });

  test.each([
    { startTicks: "" },
    { startTicks: "x" },
    { startTicks: "-" },
    { startTicks: "1.5" },
    { startTicks: "-5" },
  ])("whose 22nd field is $startTicks is not understood", (fields) => {
    expect(parseStat(statLine(fields))).toBeUndefined();
  });

  test("of random text is not understood, or gives whole numbers", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 400 }), (text) => checkStat(parseStat(text))),
      { numRuns: 2000, interruptAfterTimeLimit: 1000 },
    );
  });

  test("with random changes is not understood, or gives whole numbers", () => {
    const change = fc.record({ at: fc.nat(300), text: fc.string({ maxLength: 5 }) });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 5 }), (changes) => {
        let line = statLine();
        for (const { at, text } of changes) line = line.slice(0, at) + text + line.slice(at + text.length);
        checkStat(parseStat(line));
      }),
      { numRuns: 2000, interruptAfterTimeLimit: 1000 },
    );
  });
});

function checkStat(stat: ReturnType<typeof parseStat>): void {
  if (stat === undefined) return;
  const { comm, state, ppid, threads, startTicks } = stat;
  expect([typeof comm, typeof state]).toEqual(["string", "string"]);
  for (const number of [ppid, threads, startTicks]) expect(Number.isSafeInteger(number)).toBe(true);
}

describe("a line of status", () => {
  const status = "Name:\tcat\nUmask:\t0022\nUid:\t0\t1\t2\t3\nGroups:\t \nCapEff:\t000001ffffffffff\n";

  test("gives its words", () => {
    expect(parseStatusLine(status, "Uid")).toEqual(["0", "1", "2", "3"]);
    expect(parseStatusLine(status, "CapEff")).toEqual(["000001ffffffffff"]);
  });

  test("without words gives none", () => {
    expect(parseStatusLine(status, "Groups")).toEqual([]);
  });

  test("that is not there is undefined, also where another begins or ends with its name", () => {
    for (const name of ["Cap", "Eff", "mask", "cat", ""]) expect(parseStatusLine(status, name)).toBeUndefined();
  });

  test("is found in random text without an exception", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 100 }), (text) => {
        parseStatusLine(text, "Uid");
      }),
      { interruptAfterTimeLimit: 500 },
    );
  });
});

test("negative ids of users are refused", () => {
  expect([parseUids("Uid:\t7\t8\t0\t0\n"), parseUids("Uid:\t-1\t0\t0\t0\n")]).toEqual([
    { real: 7, effective: 8 },
    undefined,
  ]);
});

describe("the boot time", () => {
  test("is the number behind btime, wherever its line stands", () => {
    expect(parseBootTime("cpu  1 2\nbtime 1700000000\nprocesses 5\n")).toBe(1_700_000_000);
    expect(parseBootTime("btime 17")).toBe(17);
  });

  test.each(["", "btime\n", "btime x\n", "xbtime 5\n", "btime -5\n", `btime ${"9".repeat(320)}\n`])(
    "is unknown in %j",
    (text) => {
      expect(parseBootTime(text)).toBeUndefined();
    },
  );
});

describe("the id that was given last", () => {
  test("is the last word of loadavg", () => {
    expect(parseLastPid("0.20 0.18 0.12 1/80 11206\n")).toBe(11_206);
  });

  test.each(["", "\n", "0.20 0.18 0.12 1/80", "0.20 0.18 0.12 1/80 \n"])("is unknown in %j", (text) => {
    expect(parseLastPid(text)).toBeUndefined();
  });
});

describe("the time since the boot", () => {
  test("is the first word of uptime", () => {
    expect(parseUptime("73822.05 140021.33\n")).toBe(73_822.05);
  });

  test.each(["", "\n", "73822.05", "73822 140021.33\n", "x73822.05 140021.33\n", "-1.00 2.00\n"])(
    "is unknown in %j",
    (text) => {
      expect(parseUptime(text)).toBeUndefined();
    },
  );
});

describe("the name of a directory", () => {
  test.each(["1", "42", "4194304"])("%s is an id", (name) => {
    expect(parseTaskId(name)).toBe(Number(name));
  });

  test.each(["", "0", "01", "-1", "1x", "self", "thread-self", "1.5", " 1", "1\n", "12345678901"])(
    "%j is none",
    (name) => {
      expect(parseTaskId(name)).toBeUndefined();
    },
  );
});

describe("the control groups of a process", () => {
  test("are a path per line, in their order, colons within a path kept", () => {
    const text = "9:name=systemd:/\n2:cpu,cpuacct:/a b/c.slice:docker:x\n0::/init.scope\n";
    expect(parseCgroups(text)).toEqual(["/", "/a b/c.slice:docker:x", "/init.scope"]);
  });

  test("are without ` (deleted)` where a zombie's control group was removed", () => {
    expect(parseCgroups("5:devices:/\n0::/h.scope (deleted)\n")).toEqual(["/", "/h.scope"]);
  });

  test("are none in an empty text and in lines that are cut", () => {
    expect(parseCgroups("")).toEqual([]);
    expect(parseCgroups("9:name\n0")).toEqual([]);
  });
});
