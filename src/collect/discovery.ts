/** Brings the tracked processes into line with those that exist: adopts what has begun, and closes what exited without an event. */

import type { Clock } from "../base/clock.ts";
import type { ExecHistory } from "../execs/exec-history.ts";
import { createFindEnded } from "./exits/ended-processes.ts";
import type { ExitEvents } from "./exits/exit-events.ts";
import type { Process } from "./groups/process.ts";
import type { Tracker } from "./groups/tracker.ts";
import type { Ask } from "./polls/ask.ts";

export interface Discovery {
  /**
   * Bills all queued exit events, and then compares with /proc.
   *
   * @param search list /proc even where it seems that nothing was started
   * @throws ExporterError PROC_UNREADABLE, and as `Ask`
   */
  run(search: boolean): Promise<void>;
  /** Events were lost: the next run looks at every tracked process. */
  noteLoss(): void;
}

export interface DiscoveryOptions {
  readonly ask: Ask;
  readonly clock: Clock;
  readonly tracker: Tracker;
  readonly execHistory: ExecHistory;
  readonly exitEvents: ExitEvents;
  readonly yieldToEventLoop: () => Promise<void>;
}

export function createDiscovery(options: DiscoveryOptions): Discovery {
  const { ask, clock, tracker, execHistory, exitEvents, yieldToEventLoop } = options;
  const findEnded = createFindEnded({ ask, clock, yieldToEventLoop });
  /** Events were lost since /proc was last listed: tracked processes may be gone. */
  let lossUnresolved = false;
  /** Processes that were in the middle of their exit when the last loss was looked into. */
  let undecided: readonly Process[] = [];

  async function closeUnreported(search: boolean, doubtful: boolean): Promise<void> {
    const missing = await tracker.discover({ thorough: search || !exitEvents.up || doubtful, yieldToEventLoop });
    const verified = await tracker.verify(doubtful ? [...tracker.processes.values()] : undecided, yieldToEventLoop);
    undecided = verified.undecided;
    const ended = await findEnded([...new Set([...missing, ...verified.absent])]);
    // Their events were queued before the kernel forgot them: what is still tracked after this drain has lost its event.
    await exitEvents.drainInSlices();
    await exitEvents.settle();
    [...verified.gone, ...ended].forEach(exitEvents.closeUnreported);
  }

  return {
    async run(search) {
      // A process that has exited may have started another program before.
      await execHistory.caughtUp();
      await exitEvents.drainInSlices();
      const doubtful = lossUnresolved;
      lossUnresolved = false;
      try {
        await closeUnreported(search, doubtful);
      } catch (error) {
        // What could not be looked into is looked into the next time.
        lossUnresolved ||= doubtful;
        throw error;
      }
      if (doubtful) await tracker.discover({ thorough: true, yieldToEventLoop });
    },
    noteLoss() {
      lossUnresolved = true;
    },
  };
}
