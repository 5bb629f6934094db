import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { RuleSpec } from "../../src/classify/rule.ts";
import { explain } from "../../src/commands/explain.ts";
import { defaultConfig } from "../../src/config/config.ts";
import { createGroupingRules } from "../../src/grouping-rules.ts";
import { createFakeCommandLines } from "../support/fake-command-lines.ts";
import { createFakeKernel, type FakeKernel, type ForkOptions } from "../support/fake-kernel.ts";
import { createFakeProc, type FakeProc } from "../support/fake-proc.ts";
import { fakeUsers } from "../support/fake-users.ts";

let kernel: FakeKernel;
let proc: FakeProc;
beforeEach(() => {
  kernel = createFakeKernel();
  proc = createFakeProc(kernel);
});
afterEach(() => proc.dispose());

interface Form {
  readonly rules?: readonly RuleSpec[];
  readonly pid?: number;
  readonly json?: boolean;
  readonly colour?: boolean;
  readonly kernelThreads?: boolean;
  readonly children?: boolean;
}

/** What `explain` says of the fake kernel's processes. */
function ask({ rules = [], pid, json = false, colour = false, kernelThreads = false, children = true }: Form = {}) {
  const groupingRules = createGroupingRules({ ...defaultConfig, rules });
  const commandLines = createFakeCommandLines(proc.root);
  const options = { groupingRules, procRoot: proc.root, users: fakeUsers, commandLines, children, kernelThreads };
  return explain(options, { pid, json, colour });
}

const fork = (options: ForkOptions): number => kernel.fork(options).tgid;

/** The lines of a table, columns with one space between them. */
const linesOf = (text: string): readonly string[] =>
  text.split("\n").map((line) => line.replaceAll(/ {2,}/g, " ").trim());

const mysql: RuleSpec = { name: "database", comm: ["mysqld"], labels: { team: "data" } };

describe("all processes", () => {
  test("are listed by group and id, each with the reason", async () => {
    const shell = fork({ comm: "bash" });
    const [one, other] = [fork({ comm: "mysqld" }), fork({ comm: "mysqld" })];
    expect(linesOf(await ask({ rules: [mysql, { name: "shells", comm: ["bash"] }] }))).toEqual([
      "PID COMMAND GROUP WHY",
      `${one} mysqld database team=data rule 1`,
      `${other} mysqld database team=data rule 1`,
      `${shell} bash shells rule 2`,
      `${kernel.self} node unidentified nobody has seen its parent`,
      "",
    ]);
  });

  test("are in the groups of their commands without rules", async () => {
    const shell = fork({ comm: "bash" });
    expect(linesOf(await ask())).toContain(`${shell} bash bash its command`);
  });

  test("that no rule matches are in their parents' groups, unless --no-children", async () => {
    const parent = fork({ comm: "mysqld" });
    const child = fork({ comm: "backup", ppid: parent });
    expect(linesOf(await ask({ rules: [mysql] }))).toContain(
      `${child} backup database team=data no rule matches: its parent's group`,
    );
    expect(linesOf(await ask({ rules: [mysql], children: false }))).toContain(
      `${child} backup (not shown) no rule matches`,
    );
  });

  test("that a rule ignores are last, without a group", async () => {
    const hidden = fork({ comm: "aaa" });
    const last = linesOf(await ask({ rules: [{ name: "x", comm: ["aaa"], ignore: true }] }));
    expect(last).toContain(`${hidden} aaa (not shown) rule 1 ignores it`);
  });

  test("are objects in JSON, without labels where they are not shown", async () => {
    const [shell, hidden] = [fork({ comm: "bash" }), fork({ comm: "vim" })];
    const rules = [
      { name: "shells", comm: ["bash"] },
      { name: "x", comm: ["vim"], ignore: true },
    ];
    const all = JSON.parse(await ask({ rules, json: true })) as readonly object[];
    expect(all).toContainEqual({ tgid: shell, comm: "bash", labels: { groupname: "shells" }, reason: "rule 1" });
    expect(all).toContainEqual({ tgid: hidden, comm: "vim", reason: "rule 2 ignores it" });
  });
});

describe("one process", () => {
  const rules: readonly RuleSpec[] = [
    { name: "shells", comm: ["bash"] },
    { name: "database", comm: ["mysqld"], cmdline: ["--replica"] },
    { name: "any {{.Comm}}", comm: ["mysqld"] },
    { name: "never", comm: ["mysqld"] },
  ];

  test("is shown with the outcome of every rule, and what each key wants and has", async () => {
    const pid = fork({ comm: "mysqld", cmdline: ["mysqld", "--primary"] });
    expect(linesOf(await ask({ rules, pid }))).toEqual([
      `process ${pid} mysqld`,
      "group any mysqld",
      "why rule 3",
      "",
      "RULE NAME OUTCOME REASON",
      '1 shells mismatch comm does not match "bash": the process has "mysqld"',
      '2 database mismatch comm matches "mysqld": the process has "mysqld"',
      'cmdline does not match "--replica": the process has "mysqld --primary"',
      '3 any {{.Comm}} matched comm matches "mysqld": the process has "mysqld"',
      "4 never not reached",
      "",
    ]);
  });

  test("is shown without a table where there are no rules", async () => {
    const pid = fork({ comm: "bash" });
    expect(linesOf(await ask({ pid }))).toEqual([`process ${pid} bash`, "group bash", "why its command", ""]);
  });

  test("is an object in JSON, with its facts and the rules", async () => {
    const pid = fork({ comm: "bash" });
    expect(JSON.parse(await ask({ rules, pid, json: true }))).toMatchObject({
      ...{ tgid: pid, comm: "bash", labels: { groupname: "shells" }, reason: "rule 1" },
      identity: { tgid: pid, comm: "bash" },
      rules: [{ rule: 0, outcome: "matched" }, { outcome: "not reached" }, { rule: 2 }, { rule: 3 }],
    });
  });

  test("has its outcomes in colours where the terminal has them", async () => {
    const pid = fork({ comm: "bash" });
    expect(await ask({ rules, pid, colour: true })).toContain("\u001b[32mmatched\u001b[39m");
  });

  test("is found by the id of one of its threads, which is named", async () => {
    const pid = fork({ comm: "mysqld" });
    const { tid } = kernel.startThread(pid);
    // /proc has a directory for each thread, though it does not list them.
    proc.write(`${tid}/status`, `Name:\tworker\nTgid:\t${pid}\nPid:\t${tid}\n`);
    kernel.rename(tid, "worker");
    const stat = `${tid} (worker) S 1 ${pid} ${pid} 0 -1 4194304 ${"0 ".repeat(43)}0\n`;
    proc.write(`${tid}/stat`, stat);
    expect(linesOf(await ask({ pid: tid })).slice(0, 2)).toEqual([
      `thread ${tid} worker, one of process ${pid}`,
      `process ${pid} mysqld`,
    ]);
  });
});

describe("what cannot be explained", () => {
  test("is an id that nothing has", async () => {
    await expect(ask({ pid: 999_999 })).rejects.toThrow(
      "PROCESS_MISSING at explain --pid=999999: want the id of a process or thread, got an id of none",
    );
  });

  test("is a zombie, whose parent is named", async () => {
    const parent = fork({ comm: "init" });
    const pid = fork({ comm: "bash", ppid: parent });
    kernel.endProcess(pid, { reap: false });
    await expect(ask({ pid })).rejects.toThrow(
      `TASK_UNFIT at explain --pid=${pid}: want a live process, got a zombie: it has ended, and its parent ${parent} (init) has not`,
    );
  });

  test("is a kernel thread, unless kernel threads are included", async () => {
    const pid = fork({ comm: "kswapd0", kernelThread: true, ppid: 2 });
    await expect(ask({ pid })).rejects.toThrow(/TASK_UNFIT .* got the kernel thread kswapd0, .*; add --kernel-threads/);
    expect(await ask({ pid, kernelThreads: true })).toContain("kswapd0");
  });
});
