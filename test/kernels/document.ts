/** Writes docs/kernels.md: the features of each kernel, and the results of the checks on it. */

import { writeFileSync } from "node:fs";
import { format } from "prettier";
import { falseWaits } from "./guest/checks/false-waits.ts";
import { runTime } from "./guest/checks/run-time.ts";
import type { KernelPackage } from "./packages.ts";
import type { CheckResult, GuestReport } from "./report.ts";

/** The result of one kernel. */
export interface Outcome {
  readonly found: KernelPackage;
  readonly report: GuestReport;
  readonly seconds: number;
}

type Column = (outcome: Outcome) => string;

const yesNo = (value: boolean | undefined): string => (value === undefined ? "not seen" : value ? "yes" : "no");

/** The table's rows. */
const rows: Readonly<Record<string, Column>> = {
  "release, Debian suite": ({ found }) => `${found.release}, ${found.suite}`,
  "struct taskstats": ({ report: { facts } }) =>
    facts === undefined ? "not seen" : `version ${facts.structVersion}, ${facts.structBytes} bytes`,
  "kinds of delay with series": ({ report }) => report.delayKinds.join(", ") || "not seen",
  "delay accounting can be switched": ({ report: { facts } }) => {
    if (facts === undefined) return "not seen";
    return facts.delayacctSwitch ? "yes, off at boot" : "no, always on";
  },
  "exit events arrive": ({ report: { facts } }) => yesNo(facts?.exitEvents),
  "the kernel's sums keep ended threads' context switches": ({ report: { facts } }) => yesNo(facts?.deadThreadsKept),
};

function renderTable(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...lines.map(line)].join("\n");
}

function seriesOf({ found: { version, processor } }: Outcome): string {
  const series = version.split(".").slice(0, 2).join(".");
  return processor === "amd64" ? series : `${series} ${processor}`;
}

function renderFacts(outcomes: readonly Outcome[]): string {
  const lines = Object.entries(rows).map(([title, column]) => [title, ...outcomes.map(column)]);
  return renderTable(["", ...outcomes.map(seriesOf)], lines);
}

function resultOf({ report }: Outcome, title: string): string {
  const check = report.checks.find((candidate) => candidate.title === title);
  if (check === undefined) return "not run";
  return check.failures.length === 0 ? "passed" : "**failed**";
}

function renderChecks(outcomes: readonly Outcome[]): string {
  const titles = new Set(outcomes.flatMap(({ report }) => report.checks.map(({ title }) => title)));
  const lines = [...titles].map((title) => [title, ...outcomes.map((outcome) => resultOf(outcome, title))]);
  return renderTable(["the exporter", ...outcomes.map(seriesOf)], lines);
}

/** Checks whose figures are shown side by side. */
const lies = [falseWaits, ...runTime].map(({ title }) => title);

function renderLies(outcomes: readonly Outcome[]): string {
  const figures = outcomes.map(({ report }) =>
    report.checks.filter(({ title }) => lies.includes(title)).map((check) => Object.entries(check.figures)),
  );
  const columns = figures.map((entries) => new Map(entries.flat()));
  const names = new Set(columns.flatMap((column) => [...column.keys()]));
  const lines = [...names].map((name) => [name, ...columns.map((column) => String(column.get(name) ?? "none"))]);
  return renderTable(["", ...outcomes.map(seriesOf)], lines);
}

const renderFigures = ({ figures }: CheckResult): string =>
  Object.entries(figures)
    .map(([what, value]) => `${what} ${value}`)
    .join("; ");

function renderDetails(outcome: Outcome): string {
  const { report } = outcome;
  const counted = report.checks.filter(
    ({ title, figures }) => !lies.includes(title) && Object.keys(figures).length > 0,
  );
  const lines = counted.map((check) => `- ${check.title}: ${renderFigures(check)}`);
  const failures = report.checks.flatMap(({ title, failures }) => failures.map((text) => `- ${title}: ${text}`));
  const wrong = [...failures, ...report.errors.map((text) => `- ${text}`)].map((text) => text.replace(/\n.*/s, ""));
  const failed = wrong.length === 0 ? "" : `\nFailed:\n\n${wrong.join("\n")}\n`;
  return `### ${seriesOf(outcome)}\n\n${lines.join("\n")}\n${failed}`;
}

/** Pure: the document as Markdown, before it is formatted. */
export function renderDocument(outcomes: readonly Outcome[]): string {
  return `# Kernels

Made by \`npm run test:kernels -- --own\`, which boots the newest cloud kernels of Debian's suites in an emulated machine (QEMU, without
acceleration by the processor; amd64 where no other is named) and checks the built exporter inside, as root in the initial namespaces, against \`wait4\`, /proc
and its own count of exit events. The kernel of the machine that booted them is checked likewise, at its full speed.

${renderFacts(outcomes)}

A kind of delay has series where the kernel's struct has it and delay accounting is on; irq needs a kernel that accounts the
time of interrupts. Where the kernel's sums drop the context switches and CPU time of ended threads, the exporter bills these
from the threads' own records.

## What was checked

${renderChecks(outcomes)}

## Where the kernel's word misleads

Block I/O: 24 threads wait in io_uring for 20 ms, 20 times each, beside four busy loops; "delayed" as the kernel comes, "prompt" after
\`echo NO_DELAY_DEQUEUE > /sys/kernel/debug/sched/features\`. Milliseconds are those on the page, of those that the threads measured, which hold
the way back to a CPU; the kernel's are the sum of its last records, of which some tell of more than there was time for.

CPU time: what the page shows, and what the kernel's records alone say, of \`wait4\`'s figure. "plain" is \`true\`; the others compute for
so many milliseconds, with so many naps in between. What a process does after its last record is in \`wait4\`'s figure alone, and takes
long in an emulated machine.

${renderLies(outcomes)}

## What was counted

"Of" is the figure of \`wait4\` for the same children, or of /proc. A task's last context switch comes after its record.

${outcomes.map(renderDetails).join("\n")}`;
}

/** Writes the document. */
export async function writeDocument(outcomes: readonly Outcome[]): Promise<void> {
  const path = new URL("../../docs/kernels.md", import.meta.url);
  writeFileSync(path, await format(renderDocument(outcomes), { parser: "markdown", printWidth: 120 }));
}
