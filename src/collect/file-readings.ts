/** What is read from files, and not from taskstats, after each poll: throttled time, and the state of live processes. */

import type { Clock } from "../base/clock.ts";
import type { StateCollector } from "../fields/state-metrics.ts";
import { createControlGroupReader } from "../procfs/control-groups.ts";
import type { ProcReader } from "../procfs/read.ts";
import type { Tracker } from "./groups/tracker.ts";
import { createStates, type States } from "./states/states.ts";
import { createThrottling } from "./throttling.ts";

export interface FileReadings {
  readonly states: Pick<States, "sum" | "oldestSeconds">;
  /** Takes the baseline of throttled time. */
  start(): Promise<void>;
  /** Reads what a page shows. */
  update(): Promise<void>;
  /** Reads what would be missed if it were read for pages only. */
  updateInBackground(): Promise<void>;
}

export interface FileReadingsOptions {
  readonly tracker: Tracker;
  readonly proc: ProcReader;
  readonly clock: Clock;
  readonly stateCollectors: ReadonlySet<StateCollector>;
  readonly yieldToEventLoop: () => Promise<void>;
}

/** Throttled time is billed only from its baseline on, so the start waits for the baseline, even on a busy machine. */
const baselinePatienceMs = 5000;

export function createFileReadings(options: FileReadingsOptions): FileReadings {
  const { tracker, proc, clock, stateCollectors } = options;
  const reader = createControlGroupReader(proc.root);
  const throttling = createThrottling({ reader, processes: tracker.processes, clock });
  const states = createStates({ ...options, collectors: stateCollectors });
  return {
    states,
    start: () => throttling.update(baselinePatienceMs),
    async update() {
      await throttling.update();
      await states.update();
    },
    updateInBackground: () => throttling.update(),
  };
}
