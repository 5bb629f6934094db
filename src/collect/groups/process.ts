/** What is kept of one process while it is tracked. */

import type { Row } from "../../account/meter.ts";
import type { Refusals } from "../../account/refusals.ts";
import type { SumsRest } from "../../account/sums-rest.ts";
import type { ProcessFacts } from "../../classify/process-facts.ts";
import type { Group } from "./group-registry.ts";
import type { KeptArguments } from "../../execs/kept-arguments.ts";
import type { GroupAssignment } from "./group-resolver.ts";
import type { ExitDetails } from "../exits/exit-details.ts";
import type { ProcessState } from "../states/process-state.ts";

export interface Process {
  readonly tgid: number;
  /** Start in ticks since boot; undefined for a process that is known only by its threads' exit events. */
  startTicks: number | undefined;
  /**
   * The facts by which its group was found. While they are undefined, the command is unknown and the group is a provisional
   * one.
   */
  facts: ProcessFacts | undefined;
  /** How much of its arguments is kept in `facts`: long ones may be dropped after its group was found. */
  readonly kept: KeptArguments;
  group: Group;
  /** The parent whose group it got, and that group; undefined where a rule decided. */
  inheritedFrom: { readonly parent: number; readonly group: Group } | undefined;
  /**
   * True where a child of it was moved to other control groups. Then its own say nothing about those of its other children.
   */
  movesChildren: boolean;
  /** How its group was found; undefined where the group is to be found again. */
  assignment: GroupAssignment | undefined;
  /** The row of its sums; undefined before its first figures. */
  row: Row | undefined;
  /** What its sums hold beyond its threads' records; undefined before its first figures, and where threads are not billed by name. */
  sumsRest: SumsRest | undefined;
  /** CPU time of its exited threads that the kernel's sums lack. */
  missingRunNs: number;
  /** The rows of its threads by thread id, the leader's included. */
  readonly threads: Map<number, Row>;
  /**
   * Waits of its threads that were refused as implausible, and that its sums still contain; undefined where there are none.
   */
  refused: Refusals | undefined;
  /** True where its leader slept when /proc was first read. Then no wait that began long before is still to be counted. */
  asleep: boolean;
  threadCount: number;
  /** True where the leader has exited and other threads live. */
  leaderEnded: boolean;
  /** What its leader's exit record said, where nothing else is known of the process. */
  exitDetails: ExitDetails | undefined;
  /** The wait status from the leader's record. Before Linux 5.17 the records of other threads lack it. */
  leaderStatus: number;
  /** True once it is tracked no longer. Code that still refers to it must bill nothing. */
  ended: boolean;
  /**
   * `cpu_count` of its sums at the last poll. A process has run since if this or `runTimeNs` changed; NaN makes it count as
   * changed.
   */
  runCount: number;
  /** `cpu_run_virtual_total` of its sums at the last poll. */
  runTimeNs: number;
  /** As `runCount`, when the reclassifier asked last whether it has run. */
  checkedRunCount: number;
  /** As `runTimeNs`, when the reclassifier asked last whether it has run. */
  checkedRunTimeNs: number;
  /** Estimated start on the monotonic clock, from the leader's age; undefined before the first poll. */
  startUs: number | undefined;
  /**
   * Whether the kernel accounts delays other than CPU delays for its leader. A delay in the leader's record shows that it
   * does; many faults without a delay show that it does not.
   */
  delays: "accounted" | "missing" | "unknown";
  /** What it was and had when /proc was last read for a page; undefined before. */
  state: ProcessState | undefined;
}

/** Makes the next poll ask for the process again, as if it had run. Called where a figure could not be had. */
export function pollAgain(process: Process): void {
  process.runCount = NaN;
}

/** Creates a process of which only the id and a group are known. */
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
    sumsRest: undefined,
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
    checkedRunCount: NaN,
    checkedRunTimeNs: NaN,
    startUs: undefined,
    delays: "unknown",
    state: undefined,
  };
}
