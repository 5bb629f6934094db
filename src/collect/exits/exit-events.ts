/** Exit events from their socket to the groups' accounts: takes them as they come, and knows whether any were missed. */

import type { EventClient } from "../../taskstats/client.ts";
import type { Counters } from "../counters.ts";
import type { Process } from "../groups/process.ts";
import { createExitHandler, type ExitHandlerOptions } from "./exit-handler.ts";
import { createListener } from "./listener.ts";

export interface ExitEvents {
  /** Whether exit events arrive. */
  readonly up: boolean;
  /** Whether some may have been missed since the start. */
  readonly incomplete: boolean;
  /** Begins to take events as they come. */
  start(): void;
  stop(): void;
  /** Bills what is queued now, without a turn of the event loop. */
  drain(): void;
  /** As `drain`, in slices, between which the event loop turns. */
  drainInSlices(): Promise<void>;
  /** Decides on deferred exits: all events that were queued have been billed. */
  settle(): Promise<void>;
  /** Closes a process that has exited without an event. */
  closeUnreported(process: Process): void;
}

export interface ExitEventsOptions extends ExitHandlerOptions {
  /** Undefined where exit events do not arrive. */
  readonly client: EventClient | undefined;
  readonly counters: Counters;
  /** Told that events were lost, or could not be taken for a while: a tracked process may be gone. */
  readonly onLoss: () => void;
  /** Told once that the exec watcher came too late for a program, for want of a capability. */
  readonly onWatcherLate: () => void;
  readonly onError: (error: unknown) => void;
  readonly yieldToEventLoop: () => Promise<void>;
}

export function createExitEvents(options: ExitEventsOptions): ExitEvents {
  const { client, counters, execHistory, onLoss, onWatcherLate, onError, yieldToEventLoop } = options;
  const handler = createExitHandler(options);
  let up = client !== undefined;
  /** Events could not be taken for a while; nobody knows how many there were. */
  let hasMissed = false;
  let lateTold = false;

  async function settle(): Promise<void> {
    await handler.settle();
    if (lateTold || !execHistory.late || counters.execsMissed === 0) return;
    lateTold = true;
    onWatcherLate();
  }

  const listener =
    client &&
    createListener({
      client,
      onBegin: execHistory.note,
      onDrained: settle,
      handle: handler.handle,
      onLost(count) {
        counters.exitEventsLost += count;
        onLoss();
      },
      onBroken(error) {
        up = false;
        hasMissed = true;
        onError(error);
      },
      onMended() {
        up = true;
        onLoss();
      },
      yieldToEventLoop,
    });

  return {
    get up() {
      return up;
    },
    get incomplete() {
      return !up || hasMissed || counters.exitEventsLost > 0;
    },
    start: () => listener?.start(),
    stop: () => listener?.stop(),
    drain: () => listener?.drain(),
    drainInSlices: async () => listener?.drainInSlices(),
    settle,
    closeUnreported: handler.closeUnreported,
  };
}
