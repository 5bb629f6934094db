import { beforeEach, describe, expect, test } from "@jest/globals";
import type { RuleSpec } from "../../../src/classify/rule.ts";
import { createFactReader } from "../../../src/collect/groups/fact-reader.ts";
import { createGroupRegistry, type GroupRegistry } from "../../../src/collect/groups/group-registry.ts";
import { createGroupResolver, type GroupResolver } from "../../../src/collect/groups/group-resolver.ts";
import { createMembership, type MembershipControl } from "../../../src/collect/groups/membership.ts";
import { createProcess, type Process } from "../../../src/collect/groups/process.ts";
import type { TaskStat } from "../../../src/procfs/parse.ts";
import { createProcReader } from "../../../src/procfs/read.ts";
import { createFakeCommandLines, type FakeCommandLines } from "../../support/fake-command-lines.ts";
import { fakeUsers } from "../../support/fake-users.ts";
import { groupOptions } from "../../support/groups.ts";
import { classifierOf, known } from "../../support/rules.ts";
import { runningStat } from "../../support/task-stat.ts";

const rules: readonly RuleSpec[] = [
  { name: "web", comm: ["web"] },
  { name: "jobs", comm: ["jobs"] },
];

/** What /proc shows, by process. */
let shown: Map<number, TaskStat>;
let argv: Map<number, readonly string[]>;
let ignored: Set<number>;
let processes: Map<number, Process>;
let commandLines: FakeCommandLines;
let groups: GroupRegistry;
let groupResolver: GroupResolver;
let membership: MembershipControl;

function show(tgid: number, stat: Partial<TaskStat>): void {
  shown.set(tgid, { ...runningStat, ...stat });
}

function track(tgid: number): Process {
  const process = createProcess(tgid, groups.hidden);
  processes.set(tgid, process);
  membership.enter(process);
  return process;
}

/** Tracks a process that /proc shows, as the tracker does. */
function adopt(tgid: number): void {
  if (shown.has(tgid)) membership.regroupByProc(track(tgid));
}

function start(specs: readonly RuleSpec[] = rules): void {
  shown = new Map();
  argv = new Map();
  ignored = new Set();
  processes = new Map();
  const proc = { ...createProcReader("/nonexistent"), readStat: (tgid: number) => shown.get(tgid) };
  commandLines = createFakeCommandLines((tgid) => argv.get(tgid));
  groups = createGroupRegistry(groupOptions);
  groupResolver = createGroupResolver({
    groups,
    classifier: classifierOf(specs),
    containers: undefined,
    children: true,
  });
  const needs = () => groupResolver.needs;
  const factReader = createFactReader({ proc, commandLines, users: fakeUsers, needs, bootTime: { seconds: 0 } });
  const isIgnored = (tgid: number): boolean => ignored.has(tgid);
  membership = createMembership({ proc, groups, factReader, groupResolver, processes, adopt, isIgnored });
}

const nameOf = (tgid: number): string | undefined => processes.get(tgid)?.group.labels["groupname"];
const liveIn = (groupname: string): number => groups.get({ groupname }).account.processes;

beforeEach(() => start());

describe("a process gets its group", () => {
  test("by a rule, and is counted there as a live process", () => {
    show(10, { comm: "web" });
    adopt(10);
    expect([nameOf(10), liveIn("web"), groups.hidden.account.processes]).toEqual(["web", 1, 0]);
    expect(processes.get(10)?.assignment).toMatchObject({ rule: 0, inherited: false });
  });

  test("from its parent, which is adopted for that where it is not tracked yet", () => {
    show(10, { comm: "web" });
    show(11, { comm: "sh", ppid: 10 });
    adopt(11);
    expect([nameOf(10), nameOf(11), liveIn("web")]).toEqual(["web", "web", 2]);
    expect(processes.get(11)?.inheritedFrom).toEqual({ parent: 10, group: groups.get({ groupname: "web" }) });
  });

  test("from the parent that it has now, where the one that is named is gone", () => {
    show(10, { comm: "web" });
    show(11, { comm: "sh", ppid: 10 });
    const process = track(11);
    membership.regroup(process, { ...known, tgid: 11, comm: "sh" }, 99);
    expect(nameOf(11)).toBe("web");
  });

  test("with the figures that its provisional group was billed", () => {
    show(10, { comm: "web" });
    const process = createProcess(10, groups.createProvisional());
    processes.set(10, process);
    membership.enter(process);
    process.group.account.starts = 3;
    membership.regroupByProc(process);
    const { account } = groups.get({ groupname: "web" });
    expect([account.starts, account.processes]).toEqual([3, 1]);
  });

  test("and is not counted as live where it is not tracked", () => {
    const exited = createProcess(10, groups.createProvisional());
    membership.assign(
      exited,
      known,
      groupResolver.assignment({ ...known, comm: "web" }, () => undefined),
    );
    expect([exited.group.labels, liveIn("web")]).toEqual([{ groupname: "web" }, 0]);
  });
});

describe("a process whose facts change", () => {
  test("moves to the group of the rule that matches now, and so does its count", () => {
    show(10, { comm: "web" });
    adopt(10);
    show(10, { comm: "jobs" });
    membership.regroupByProc(processes.get(10) as Process);
    expect([nameOf(10), liveIn("web"), liveIn("jobs")]).toEqual(["jobs", 0, 1]);
  });

  test("keeps its parent's group while no rule matches, though the parent has another one", () => {
    show(10, { comm: "web" });
    show(11, { comm: "sh", ppid: 10 });
    adopt(11);
    show(10, { comm: "jobs" });
    membership.regroupByProc(processes.get(10) as Process);
    show(11, { comm: "ash", ppid: 10 });
    const child = processes.get(11) as Process;
    membership.regroupByProc(child);
    expect([nameOf(10), nameOf(11)]).toEqual(["jobs", "web"]);
    membership.regroupAfterParent(child);
    expect([nameOf(11), child.inheritedFrom?.group.labels]).toEqual(["jobs", { groupname: "jobs" }]);
  });

  test("forgets its parent where a rule matches it now", () => {
    show(10, { comm: "web" });
    show(11, { comm: "sh", ppid: 10 });
    adopt(11);
    show(11, { comm: "jobs", ppid: 10 });
    membership.regroupByProc(processes.get(11) as Process);
    expect([nameOf(11), processes.get(11)?.inheritedFrom]).toEqual(["jobs", undefined]);
  });

  test("stays in its group where /proc does not show it any more", () => {
    show(10, { comm: "web" });
    adopt(10);
    shown.clear();
    membership.regroupByProc(processes.get(10) as Process);
    membership.regroupAfterParent(processes.get(10) as Process);
    expect(nameOf(10)).toBe("web");
  });

  test("keeps the arguments that cannot be read any more, unless it runs another program", () => {
    start([{ name: "{{.Matches.kind}}", cmdline: ["(?P<kind>web|jobs)"] }]);
    show(10, { comm: "prog" });
    argv.set(10, ["web"]);
    adopt(10);
    commandLines.blocking.add(10);
    membership.regroupByProc(processes.get(10) as Process);
    expect(nameOf(10)).toBe("web");
    show(10, { comm: "next" });
    membership.regroupByProc(processes.get(10) as Process);
    expect(nameOf(10)).toBe("unidentified");
  });
});

describe("the group of a process", () => {
  test("is the hidden one for id 0 and for a kernel thread that is left out", () => {
    ignored.add(2);
    expect([membership.findGroup(0), membership.findGroup(2)]).toEqual([groups.hidden, groups.hidden]);
  });

  test("is not known where /proc shows no such process, and where a tracked one has no facts", () => {
    track(11);
    expect([membership.findGroup(10), membership.findGroup(11)]).toEqual([undefined, undefined]);
  });

  test("is found again, with its parent's, after all assignments were forgotten", () => {
    show(10, { comm: "web" });
    show(11, { comm: "sh", ppid: 10 });
    adopt(11);
    groupResolver.configure(classifierOf([{ name: "new", comm: ["web"] }]));
    membership.forgetAssignments();
    expect(membership.findGroup(11)?.labels).toEqual({ groupname: "new" });
    expect([nameOf(10), liveIn("web"), liveIn("new")]).toEqual(["new", 0, 2]);
  });

  test("is found in the end though /proc shows two processes as each other's parent", () => {
    show(10, { comm: "sh", ppid: 11 });
    show(11, { comm: "sh", ppid: 10 });
    track(10);
    adopt(11);
    membership.regroupByProc(processes.get(10) as Process);
    membership.forgetAssignments();
    for (const process of processes.values()) membership.regroupUnassigned(process);
    expect([...processes.values()].map(({ assignment }) => assignment === undefined)).toEqual([false, false]);
  });
});

test("a parent moves its children once one of them is in other control groups, whatever later ones are in", () => {
  start([{ name: "all", cgroup: ["."] }]);
  const parent = track(10);
  parent.facts = { ...known, cgroups: ["/a", "/b"] };
  membership.noteChild(10, undefined);
  membership.noteChild(10, ["/a", "/b"]);
  expect(parent.movesChildren).toBe(false);
  membership.noteChild(10, ["/a", "/c"]);
  expect(parent.movesChildren).toBe(true);
  membership.noteChild(10, ["/a", "/b"]);
  expect(parent.movesChildren).toBe(true);
});

test("a process that leaves is counted out of its group", () => {
  show(10, { comm: "web" });
  adopt(10);
  membership.leave(processes.get(10) as Process);
  expect(liveIn("web")).toBe(0);
});
