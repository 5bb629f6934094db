/** Compares the tracked processes with /proc: adopts new processes, and closes those that exited without an exit event. */

import type { Clock } from "../base/clock.ts";
import type { ExecHistory } from "../execs/exec-history.ts";
import { createFindExited } from "./exits/exited-processes.ts";
import type { ExitEvents } from "./exits/exit-events.ts";
import type { Process } from "./groups/process.ts";
import type { Tracker } from "./groups/tracker.ts";
import type { Ask } from "./polls/ask.ts";

export interface Discovery {
  /**
   * Bills all queued exit events, and then compares the tracked processes with /proc.
   *
   * @param search lists /proc even if it seems that no process was started
   * @param minAgeSeconds leaves younger processes to a later run; 0 if absent
   * @throws ExporterError PROC_UNREADABLE, and as `Ask`
   */
  run(search: boolean, minAgeSeconds?: number): Promise<void>;
  /** Exit events were lost: the next run checks every tracked process. */
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
  const findExited = createFindExited({ ask, clock, yieldToEventLoop });
  /** Exit events were lost since the last run: a tracked process may have exited. */
  let lossUnresolved = false;
  /** Processes that were exiting during the last check after a loss: whether their event was sent was not known yet. */
  let undecided: readonly Process[] = [];

  async function closeUnreported(search: boolean, doubtful: boolean, minAgeSeconds: number): Promise<void> {
    const thorough = search || !exitEvents.up || doubtful;
    const missing = await tracker.discover({ thorough, minAgeSeconds, yieldToEventLoop });
    const verified = await tracker.verify(doubtful ? [...tracker.processes.values()] : undecided, yieldToEventLoop);
    undecided = verified.undecided;
    const exited = await findExited([...new Set([...missing, ...verified.absent])]);
    // The kernel queues an exit event before it forgets the process: if a process is still tracked after this drain, its event was lost.
    await exitEvents.drainInSlices();
    await exitEvents.settle();
    [...verified.gone, ...exited].forEach(exitEvents.closeUnreported);
  }

  return {
    async run(search, minAgeSeconds = 0) {
      // First the execs: a process whose exit event is queued may have started another program before.
      await execHistory.caughtUp();
      await exitEvents.drainInSlices();
      const doubtful = lossUnresolved;
      lossUnresolved = false;
      try {
        await closeUnreported(search, doubtful, minAgeSeconds);
      } catch (error) {
        // The check failed, so the next run makes it again.
        lossUnresolved ||= doubtful;
        throw error;
      }
      if (doubtful) await tracker.discover({ thorough: true, minAgeSeconds, yieldToEventLoop });
    },
    noteLoss() {
      lossUnresolved = true;
    },
  };
}
