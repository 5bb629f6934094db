/** One tracked process. */

import type { Row } from "../../account/meter.ts";
import type { Refusals } from "../../account/refusals.ts";
import type { ProcessFacts } from "../../classify/process-facts.ts";
import type { Group } from "./group-registry.ts";
import type { KeptArguments } from "../../execs/kept-arguments.ts";
import type { GroupAssignment } from "./group-resolver.ts";
import type { ExitDetails } from "../exits/exit-details.ts";

export interface Process {
  readonly tgid: number;
  /** Start in ticks since boot; undefined for a process that is known by its threads' exit events alone. */
  startTicks: number | undefined;
  /** What its group was found by; undefined until its command is known, and then its group is a provisional one. */
  facts: ProcessFacts | undefined;
  /** What is kept of its arguments, which may be less than its group was found by. */
  readonly kept: KeptArguments;
  group: Group;
  /** The parent whose group it was given, since no rule matches, and that group; undefined where a rule does. */
  inheritedFrom: { readonly parent: number; readonly group: Group } | undefined;
  /** A child of it is in other control groups, where it or somebody else has put it: they tell nothing of its other children's. */
  movesChildren: boolean;
  /** How its group was found. */
  assignment: GroupAssignment | undefined;
  /** The row of its thread group's sums; undefined until its first figures. */
  row: Row | undefined;
  /** What the kernel's sums lack of the CPU time of its threads that have ended. */
  missingRunNs: number;
  /** Rows of its threads by id, the leader's included. */
  readonly threads: Map<number, Row>;
  /** What was refused of its threads' waits, which its sums go on holding; undefined where that is nothing. */
  refused: Refusals | undefined;
  /** Its leader slept when /proc was read for it first: no wait of its that began long before is still to be counted. */
  asleep: boolean;
  threadCount: number;
  /** The leader's exit event came before the process's end. */
  leaderEnded: boolean;
  /** What the record of its leader said, where nothing else is known of it. */
  exitDetails: ExitDetails | undefined;
  /** The wait status in the leader's record; before Linux 5.17 no other thread's has it. */
  leaderStatus: number;
  /** Set when it is tracked no more: what still refers to it must bill nothing. */
  ended: boolean;
  /** Scheduler's figures of the last poll: where they are unchanged, the process has not run since. */
  runCount: number;
  runTimeNs: number;
  /** As `runCount` and `runTimeNs`, of the last look at what it has made of itself. */
  lookedCount: number;
  lookedTimeNs: number;
  /** Estimated start on the monotonic clock, from the leader's age; undefined before the first poll. */
  startUs: number | undefined;
  /** Whether its leader's record shows that delays other than cpu are accounted: by a delay, or by too many faults without one. */
  delays: "accounted" | "missing" | "unknown";
}

/** Something could not be told of it: the next poll takes it for one that has run since, and looks again. */
export function lookAgain(process: Process): void {
  process.runCount = NaN;
}

/** A process of which only the id and a group are known. */
export function createProcess(tgid: number, group: Group): Process {
  return {
    tgid,
    startTicks: undefined,
    facts: undefined,
    kept: { characters: 0, digest: undefined },
    group,
    inheritedFrom: undefined,
    movesChildren: false,
    assignment: undefined,
    row: undefined,
    missingRunNs: 0,
    threads: new Map(),
    refused: undefined,
    asleep: false,
    threadCount: 1,
    leaderEnded: false,
    exitDetails: undefined,
    leaderStatus: 0,
    ended: false,
    runCount: NaN,
    runTimeNs: NaN,
    lookedCount: NaN,
    lookedTimeNs: NaN,
    startUs: undefined,
    delays: "unknown",
  };
}
