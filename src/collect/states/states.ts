/** Reads what live processes are and have now, after each poll, and sums it up for each group. */

import type { Clock } from "../../base/clock.ts";
import { inSlices } from "../../base/slices.ts";
import type { StateCollector } from "../../fields/state-metrics.ts";
import type { ProcReader } from "../../procfs/read.ts";
import { createStateReader, type StateReader } from "../../procfs/state-reader.ts";
import type { Process } from "../groups/process.ts";
import type { Tracker } from "../groups/tracker.ts";
import { createProcessStateReader } from "./process-state.ts";
import { chooseReadings } from "./reading-order.ts";
import { createStateSums, type StateSums } from "./state-sums.ts";

export interface States {
  /** Reads the processes that have run since they were last read, and some of the others. */
  update(): Promise<void>;
  /** The sums of what was last read; undefined where nothing is collected. */
  sum(): StateSums | undefined;
  /** How old the oldest reading of a live process is, in seconds; undefined where there is none. */
  readonly oldestSeconds: number | undefined;
}

export interface StatesOptions {
  readonly collectors: ReadonlySet<StateCollector>;
  readonly tracker: Pick<Tracker, "processes" | "zombies">;
  readonly proc: ProcReader;
  readonly clock: Clock;
  readonly yieldToEventLoop: () => Promise<void>;
  readonly reader?: StateReader;
}

/** About five milliseconds. */
const sliceSize = 128;

/**
 * A page waits no longer for states: what could not be read keeps its last reading, and comes first for the next page. A process of many threads is
 * read as a whole all the same.
 */
const longestUs = 250_000;

export function createStates(options: StatesOptions): States {
  const { collectors, tracker, proc, clock, yieldToEventLoop, reader = createStateReader(proc.root) } = options;
  const processReader = createProcessStateReader({ proc, reader, collectors });

  /** Zombies that nobody had waited for at the last update. */
  let zombies: readonly Process[] = [];

  function read(process: Process): void {
    if (process.ended) return;
    // A process that is gone is closed by its exit event. One that cannot be read now keeps its last reading.
    process.state = processReader.read(process, process.state, clock.monotonicUs()) ?? process.state;
  }

  return {
    async update() {
      if (collectors.size === 0) return;
      const deadlineUs = clock.monotonicUs() + longestUs;
      const chosen = chooseReadings(tracker.processes.values());
      await inSlices(chosen, { size: sliceSize, yieldToEventLoop }, (process) => {
        if (clock.monotonicUs() < deadlineUs) read(process);
      });
      if (!collectors.has("states")) return;
      const left: Process[] = [];
      await inSlices([...tracker.zombies.values()], { size: sliceSize, yieldToEventLoop }, (zombie) => {
        const isLeft = clock.monotonicUs() >= deadlineUs || reader.readStatus(zombie.tgid, zombie.tgid)?.state === "Z";
        if (isLeft) left.push(zombie);
      });
      zombies = left;
    },
    sum() {
      if (collectors.size === 0) return undefined;
      const sums = createStateSums(collectors, clock.monotonicUs());
      for (const { group, state } of tracker.processes.values()) sums.add(group.account, state);
      for (const { group } of zombies) sums.addZombie(group.account);
      return sums;
    },
    get oldestSeconds() {
      let oldestUs = Infinity;
      for (const { state } of tracker.processes.values()) {
        if (state !== undefined && state.readUs < oldestUs) oldestUs = state.readUs;
      }
      return oldestUs === Infinity ? undefined : (clock.monotonicUs() - oldestUs) / 1e6;
    },
  };
}
