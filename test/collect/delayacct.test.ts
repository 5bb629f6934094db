/** Whether delays are accounted, by the files of /proc. */

import { describe, expect, test } from "@jest/globals";
import { createAccount } from "../../src/account/account.ts";
import { createDelayacct } from "../../src/collect/delayacct.ts";
import { createProcess, type Process } from "../../src/collect/groups/process.ts";
import { createProcReader, type ProcReader } from "../../src/procfs/read.ts";

const sysctl = "sys/kernel/task_delayacct";

function setUp(files: Readonly<Record<string, string>>) {
  const texts: Record<string, string | undefined> = { ...files };
  const time = { nowUs: 1000 };
  const proc: ProcReader = { ...createProcReader("/nonexistent"), readText: (path) => texts[path] };
  const delayacct = createDelayacct(proc, { monotonicUs: () => time.nowUs, unixSeconds: () => 0 });
  return { texts, time, delayacct };
}

function processOf(startUs: number | undefined, delays: Process["delays"] = "unknown"): Process {
  const process = createProcess(1, { labels: {}, ruleLabels: {}, account: createAccount([]) });
  return Object.assign(process, { startUs, delays });
}

describe("delay accounting is on", () => {
  test.each([
    ["by the sysctl", { [sysctl]: "1\n" }, true],
    ["not by the sysctl", { [sysctl]: "0\n", cmdline: "quiet" }, false],
    ["before Linux 5.14, which has no sysctl", { cmdline: "console=ttyS0 quiet\n" }, true],
    ["not where such a kernel was started with nodelayacct", { cmdline: "quiet nodelayacct\n" }, false],
    ["though a parameter contains that word", { cmdline: "x.nodelayacct=1 notnodelayacct\n" }, true],
    ["where nothing can be read", {}, true],
  ])("%s", (_title, files, enabled) => {
    expect(setUp(files as Record<string, string>).delayacct.enabled).toBe(enabled);
  });
});

test("the sysctl is read again by a refresh, and stays what it was where it cannot be read", () => {
  const { texts, delayacct } = setUp({ [sysctl]: "0\n" });
  texts[sysctl] = "1\n";
  expect(delayacct.enabled).toBe(false);
  delayacct.refresh();
  expect(delayacct.enabled).toBe(true);
  texts[sysctl] = undefined;
  delayacct.refresh();
  expect(delayacct.enabled).toBe(true);
  texts[sysctl] = "0\n";
  delayacct.refresh();
  expect(delayacct.enabled).toBe(false);
});

describe("a process's delays are missing", () => {
  test("for all processes while accounting is off", () => {
    const { delayacct } = setUp({ [sysctl]: "0\n" });
    expect(delayacct.isMissing(processOf(500, "accounted"))).toBe(true);
  });

  test("for those that started before accounting was seen to be on, unless their record shows delays", () => {
    const { texts, time, delayacct } = setUp({ [sysctl]: "0\n" });
    texts[sysctl] = "1\n";
    time.nowUs = 5000;
    delayacct.refresh();
    expect(delayacct.isMissing(processOf(4999))).toBe(true);
    expect(delayacct.isMissing(processOf(5000))).toBe(false);
    expect(delayacct.isMissing(processOf(4999, "accounted"))).toBe(false);
    expect(delayacct.isMissing(processOf(5000, "missing"))).toBe(true);
    expect(delayacct.isMissing(processOf(undefined))).toBe(false);
  });

  test("for none of unknown delays where accounting has been on since the start of the exporter", () => {
    const { time, delayacct } = setUp({ [sysctl]: "1\n" });
    time.nowUs = 9000;
    delayacct.refresh();
    expect(delayacct.isMissing(processOf(-1e9))).toBe(false);
  });
});
