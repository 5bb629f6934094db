/** The state of the exporter in words, and what to do about it. Pure. */

import { errorTable } from "../base/errors.ts";

/** The exporter's state. */
export interface ExporterStatus {
  readonly exitsUp: boolean;
  /** Why exit events do not arrive; undefined where they do. */
  readonly exitsDownReason: string | undefined;
  readonly exitEventsLost: number;
  readonly delayacctEnabled: boolean;
  /** Why processes of other users are not shown; undefined where they are shown. */
  readonly hiddenReason: string | undefined;
  /** How many programs exited before the exec watcher could read them, because a capability is missing; undefined where none is. */
  readonly execsMissed: number | undefined;
  /** On a kernel that reports false block I/O waits: the command that stops this, and how many were refused. */
  readonly falseWaits: { readonly cure: string; readonly refused: number } | undefined;
  /** Whether the names of pods are up to date, and how many pods there are; undefined where pods are not watched. */
  readonly pods: { readonly current: boolean; readonly count: number } | undefined;
  /** The privileges of this process in one line; undefined where /proc does not show them. */
  readonly privileges: string | undefined;
  readonly processes: number;
  readonly groups: number;
}

/** One thing that is well, or that is not. */
export interface Condition {
  /** `bad`: figures are missing. `warning`: some are not what they could be. */
  readonly level: "good" | "warning" | "bad";
  readonly subject: string;
  readonly text: string;
  /** What to do about it; undefined where nothing is to be done. */
  readonly remedy?: string;
}

const good = (subject: string, text: string): Condition => ({ level: "good", subject, text });

function judgeExits({ exitsUp, exitsDownReason, exitEventsLost }: ExporterStatus): Condition {
  const subject = "Exit events";
  if (!exitsUp) {
    const text = "do not arrive: processes that live between two polls are missing";
    return { level: "bad", subject, text, remedy: exitsDownReason ?? "see the log" };
  }
  if (exitEventsLost === 0) return good(subject, "arrive: processes that live for a moment are counted");
  const text = `${exitEventsLost} were lost since the start: figures of short processes are too low`;
  return { level: "warning", subject, text, remedy: "raise --exits.receive-buffer" };
}

function judgeDelays({ delayacctEnabled }: ExporterStatus): Condition {
  const subject = "Delay accounting";
  if (delayacctEnabled) return good(subject, "is on");
  const text = "is off: of the waits only those for a CPU are known";
  return { level: "bad", subject, text, remedy: "sysctl -w kernel.task_delayacct=1" };
}

function judgeSight({ hiddenReason, processes, groups }: ExporterStatus): Condition {
  const text = `${processes} in ${groups} groups`;
  return hiddenReason === undefined
    ? good("Processes", text)
    : { level: "bad", subject: "Processes", text, remedy: hiddenReason };
}

function judgeMissed({ execsMissed }: ExporterStatus): Condition | undefined {
  if (execsMissed === undefined || execsMissed === 0) return undefined;
  const text = `${execsMissed} ended before they could be read, and are in the group unidentified`;
  return { level: "warning", subject: "Short programs", text, remedy: errorTable.EXECS_MISSED.remedy };
}

function judgeFalseWaits({ falseWaits }: ExporterStatus): Condition | undefined {
  if (falseWaits === undefined) return undefined;
  const text = `this kernel reports false ones under load; ${falseWaits.refused} were refused`;
  return { level: "warning", subject: "Block I/O waits", text, remedy: falseWaits.cure };
}

function judgePods({ pods }: ExporterStatus): Condition | undefined {
  if (pods === undefined) return undefined;
  const subject = "Names of pods";
  if (pods.current) return good(subject, `${pods.count}, current`);
  const text = `${pods.count}, not current: new containers are shown by their ids until the API server answers`;
  return { level: "warning", subject, text, remedy: "the log says why" };
}

const order = { bad: 0, warning: 1, good: 2 } as const;

/** What to say where samples fail: the figures that are shown are then old. Empty where they do not. */
export function judgeSamples({ failure }: { readonly failure: unknown }): readonly Condition[] {
  if (failure === undefined) return [];
  const reason = failure instanceof Error ? `: ${failure.message}` : "";
  const text = `the last one failed, and the figures are those of the one before${reason}`;
  return [{ level: "bad", subject: "Samples", text, remedy: "the log says more" }];
}

/** What is well and what is not, the worst first. */
export function judge(status: ExporterStatus): readonly Condition[] {
  const conditions = [judgeExits, judgeDelays, judgeSight, judgeMissed, judgeFalseWaits, judgePods];
  return conditions
    .map((condition) => condition(status))
    .filter((condition) => condition !== undefined)
    .sort((one, other) => order[one.level] - order[other.level]);
}
