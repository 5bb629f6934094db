/** `explain`: says to which group each process of /proc belongs, and why. Uses the same classifier and tracker as serving. */

import { createCounters } from "../collect/counters.ts";
import { createProcessGrouping } from "../collect/groups/process-grouping.ts";
import { describeAssignment } from "../collect/groups/members.ts";
import type { Process } from "../collect/groups/process.ts";
import { systemClock } from "../base/clock.ts";
import { ExporterError } from "../base/errors.ts";
import type { KeyExplanation, RuleExplanation } from "../classify/explain.ts";
import type { ProcessFacts } from "../classify/process-facts.ts";
import type { ExplainableRules } from "../default-grouping-rules.ts";
import { createBootTime } from "../procfs/boot-time.ts";
import type { CommandLines } from "../procfs/command-lines.ts";
import { createProcReader, type ProcReader } from "../procfs/read.ts";
import type { UserNames } from "../procfs/users.ts";
import { formatLabels as formatGroup } from "../live/view.ts";
import { describeZombie, isZombie, readTask, taskMissing, type Task } from "./task.ts";
import { formatJson } from "../terminal/json.ts";
import { formatTable, type Cell, type StyledText } from "../terminal/table.ts";

export interface ExplainOptions {
  readonly groupingRules: ExplainableRules;
  readonly procRoot: string;
  readonly users: UserNames;
  readonly commandLines: CommandLines;
  readonly children: boolean;
  readonly kernelThreads: boolean;
}

/** One process with its group. */
interface Explained {
  readonly tgid: number;
  readonly comm: string;
  /** The group's labels; undefined for a process that is in no group on the page. */
  readonly labels: Readonly<Record<string, string>> | undefined;
  readonly reason: string;
}

/** One process with the outcome of every rule. */
interface ExplainedByRules extends Explained {
  /** The thread that was asked about, where it is not the leader of its process. */
  readonly thread?: { readonly pid: number; readonly comm: string };
  /** The facts. Its name is that of the key in JSON, which programs read. */
  readonly identity: ProcessFacts;
  readonly rules: readonly RuleExplanation[];
}

/** Does nothing: `explain` bills no process. */
const noPoller = {
  billUpToNow: () => undefined,
  billAllUpToNow: () => Promise.resolve(),
  findRan: () => Promise.resolve([]),
};

async function classifyAll(options: ExplainOptions): Promise<ReadonlyMap<number, Process>> {
  const proc = createProcReader(options.procRoot);
  const { tracker } = createProcessGrouping({
    ...options,
    proc,
    counters: createCounters(),
    pods: undefined,
    clock: systemClock,
    exitsUp: () => false,
    bootTime: createBootTime(proc),
    watchExecs: () => Promise.reject(new Error("what runs now needs no watching")),
    onWatcherFailed: () => undefined,
    poller: noPoller,
    yieldToEventLoop: () => Promise.resolve(),
  });
  await tracker.discover({ thorough: true, yieldToEventLoop: () => Promise.resolve() });
  if (options.users.asking) {
    await options.users.settled();
    // All processes are assigned again, as after a reload, because children inherit their parents' groups.
    tracker.forgetAssignments();
    for (const process of tracker.processes.values()) tracker.regroupUnassigned(process);
  }
  return tracker.processes;
}

function summarise(process: Process): Explained {
  const { labels } = process.group;
  const shown = "groupname" in labels ? labels : undefined;
  const comm = process.facts?.comm ?? "";
  return {
    tgid: process.tgid,
    comm,
    labels: shown,
    reason: describeAssignment(process.assignment, shown !== undefined),
  };
}

/** All processes, sorted by group and then by id. @throws ExporterError PROC_UNREADABLE, PROC_TEXT */
async function explainAll(options: ExplainOptions): Promise<readonly Explained[]> {
  const explained = [...(await classifyAll(options)).values()].map(summarise);
  const keyOf = ({ labels }: Explained): string => (labels === undefined ? "\uffff" : Object.values(labels).join("\0"));
  return explained.sort((one, other) => keyOf(one).localeCompare(keyOf(other)) || one.tgid - other.tgid);
}

/** The error for a task that cannot be explained: missing, a zombie, or a kernel thread. */
function refuse(proc: ProcReader, task: Task | undefined, where: string): ExporterError {
  if (task === undefined) return taskMissing(where);
  const want = "a live process";
  if (isZombie(task)) {
    const remedy = "choose a live one: what it did is billed to its group already";
    return new ExporterError("TASK_UNFIT", { where, want, got: describeZombie(proc, task), remedy });
  }
  if (!task.stat.kernelThread) return taskMissing(where);
  const got = `the kernel thread ${task.stat.comm}, which is in no group by default`;
  return new ExporterError("TASK_UNFIT", { where, want, got, remedy: "add --kernel-threads" });
}

/** @param pid a process, or a thread of the process to explain @throws ExporterError PROCESS_MISSING, TASK_UNFIT, PROC_UNREADABLE, PROC_TEXT */
async function explainOne(pid: number, options: ExplainOptions): Promise<ExplainedByRules> {
  const proc = createProcReader(options.procRoot);
  const task = readTask(proc, pid);
  const process = (await classifyAll(options)).get(task?.tgid ?? pid);
  if (process?.facts === undefined || task === undefined) throw refuse(proc, task, `explain --pid=${pid}`);
  const { facts } = process;
  const asked = pid === process.tgid ? {} : { thread: { pid, comm: task.stat.comm } };
  return { ...summarise(process), ...asked, identity: facts, rules: options.groupingRules.classifier.explain(facts) };
}

function formatLabels(labels: Explained["labels"]): Cell {
  return labels === undefined ? { text: "(not shown)", style: "dim" } : formatGroup(labels);
}

function formatExplanations(explained: readonly Explained[], colour: boolean): string {
  const rows = explained.map(({ tgid, comm, labels, reason }) => [tgid, comm, formatLabels(labels), reason]);
  return formatTable(rows, { header: ["PID", "COMMAND", "GROUP", "WHY"], colour });
}

const outcomeStyles = { matched: "green", mismatch: "red", undecided: "yellow", "not reached": "dim" } as const;

function formatKey({ key, outcome, want, got }: KeyExplanation): string {
  const has = got === undefined ? "nobody has seen it" : `the process has ${JSON.stringify(got)}`;
  const relation = outcome === "matched" ? "matches" : outcome === "unknown" ? "cannot be told from" : "does not match";
  return `${key} ${relation} ${want.map((text) => JSON.stringify(text)).join(", ")}: ${has}`;
}

function formatRule({ rule, name, outcome, keys }: RuleExplanation): readonly (readonly Cell[])[] {
  const word: StyledText = { text: outcome, style: outcomeStyles[outcome] };
  const [first = "", ...others] = keys.map(formatKey);
  return [[rule + 1, name, word, first], ...others.map((text) => ["", "", "", text])];
}

function formatExplanation(explained: ExplainedByRules, colour: boolean): string {
  const { tgid, comm, labels, reason, rules, thread } = explained;
  const summary: (readonly Cell[])[] = [
    ...(thread === undefined ? [] : [["thread", `${thread.pid} ${thread.comm}, one of process ${tgid}`]]),
    ["process", `${tgid} ${comm}`],
    ["group", formatLabels(labels)],
    ["why", reason],
  ];
  const head = formatTable(summary, { colour });
  if (rules.length === 0) return head;
  return `${head}\n${formatTable(rules.flatMap(formatRule), { header: ["RULE", "NAME", "OUTCOME", "REASON"], colour })}`;
}

export interface ExplainForm {
  /** The process or thread to explain; undefined for all processes. */
  readonly pid: number | undefined;
  readonly json: boolean;
  readonly colour: boolean;
}

/** @throws ExporterError PROCESS_MISSING, TASK_UNFIT, PROC_UNREADABLE, PROC_TEXT */
export async function explain(options: ExplainOptions, { pid, json, colour }: ExplainForm): Promise<string> {
  if (pid === undefined) {
    const explained = await explainAll(options);
    return json ? formatJson(explained) : formatExplanations(explained, colour);
  }
  const explained = await explainOne(pid, options);
  return json ? formatJson(explained) : formatExplanation(explained, colour);
}
