/** Takes exit events from their socket, has each one billed, and knows whether any were missed. */

import type { EventClient } from "../../taskstats/client.ts";
import type { Counters } from "../counters.ts";
import type { Process } from "../groups/process.ts";
import { createExitHandler, type ExitHandlerOptions } from "./exit-handler.ts";
import { createListener } from "./listener.ts";

export interface ExitEvents {
  /** Whether exit events arrive. */
  readonly up: boolean;
  /** True where an exit event may have been missed since the start. */
  readonly incomplete: boolean;
  /** Begins to take events in the background. */
  start(): void;
  stop(): void;
  /** Bills all queued events at once, without a yield. */
  drain(): void;
  /** As `drain`, in slices. */
  drainInSlices(): Promise<void>;
  /** Decides on deferred exits. Call it when all queued events have been billed. */
  settle(): Promise<void>;
  /** Closes a process that has exited without an exit event. */
  closeUnreported(process: Process): void;
}

export interface ExitEventsOptions extends ExitHandlerOptions {
  /** Undefined where exit events do not arrive. */
  readonly client: EventClient | undefined;
  readonly counters: Counters;
  /** Called when events were lost, or could not be taken for a while: a tracked process may have exited. */
  readonly onLoss: () => void;
  /** Called with the number of events that were lost just now. */
  readonly onLost?: ((count: number) => void) | undefined;
  /** Called when events can no longer be taken, with the reason: once, however long it lasts. */
  readonly onInterrupted?: ((error: unknown) => void) | undefined;
  /** Called when events can be taken again. How many were lost meanwhile is not known. */
  readonly onResumed?: (() => void) | undefined;
  /** Called once, when the exec watcher missed a program because a capability is missing. */
  readonly onWatcherLate: () => void;
  readonly onError: (error: unknown) => void;
  readonly yieldToEventLoop: () => Promise<void>;
}

export function createExitEvents(options: ExitEventsOptions): ExitEvents {
  const { client, counters, execHistory, groupResolver, onLoss, onWatcherLate, onError, yieldToEventLoop } = options;
  const handler = createExitHandler(options);
  let up = client !== undefined;
  /** Events could not be taken for a while; how many there were is not known. */
  let hasMissed = false;
  let lateReported = false;

  async function settle(): Promise<void> {
    await handler.settle();
    if (lateReported || !execHistory.late || counters.execsMissed === 0) return;
    lateReported = true;
    onWatcherLate();
  }

  const listener =
    client &&
    createListener({
      client,
      onBegin: handler.begin,
      onDrained: settle,
      handle: handler.handle,
      onLost(count) {
        counters.exitEventsLost += count;
        options.onLost?.(count);
        onLoss();
      },
      onBroken(error) {
        if (up) options.onInterrupted?.(error);
        up = false;
        hasMissed = true;
        onError(error);
      },
      onRecovered() {
        up = true;
        options.onResumed?.();
        onLoss();
      },
      // Until the parent has waited for it, /proc shows the control groups of an exited process.
      isUrgent: () => groupResolver.needs.has("cgroups"),
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
