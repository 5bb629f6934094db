/**
 * Takes exit events off their socket and hands them on. A thread of libuv's pool waits for the first event. Events then collect for
 * some milliseconds, since a wake-up costs as much as hundreds of events, and are taken in slices. While many events come, they
 * collect for as long as the buffer allows, and nobody waits for the first one.
 */

import { setTimeout as delay } from "node:timers/promises";
import { ExporterError } from "../../base/errors.ts";
import type { EventClient } from "../../taskstats/client.ts";
import type { Reception } from "../../taskstats/decode.ts";

/**
 * How long events collect: after the first one, and at most while many come. A wake-up takes 0.3 to 1 ms of CPU when a storm has emptied the
 * caches: with waits of 240 ms in place of 60 ms an event of a storm of 20,000 a second cost a quarter less.
 */
const collectMs = { quiet: 20, urgent: 60, longest: 240 } as const;

/** Many events have come where one drain takes so many. */
const busyEvents = 64;

/** A wait ends before more events have come than this share of what the buffer holds, if they come no faster than during the last wait. */
const busyShare = 1 / 16;

/**
 * How long the next events collect, after so many were taken when they had collected for `lastMs`; undefined where the first one is to be
 * waited for. At most twice as long as the last time, so that a storm that begins meets a short wait.
 *
 * @param drain.capacity events that the buffer holds
 */
export function nextBusyMs(
  lastMs: number,
  drain: Readonly<{ taken: number; capacity: number; urgent: boolean }>,
): number | undefined {
  const { taken, capacity, urgent } = drain;
  const most = capacity * busyShare;
  if (taken < busyEvents || taken > most) return undefined;
  return Math.min(2 * lastMs, urgent ? collectMs.urgent : collectMs.longest, (lastMs * most) / taken);
}

/** The longest single wait. It bounds how long the waiting thread lives on after `stop`. */
const waitMs = 1000;

/** Less than any event takes of the receive buffer. With the struct of version 16 an event takes 1,280 bytes. */
const smallestEventBytes = 1024;

/** How long to wait after a failure before the next attempt. */
const retryMs = 1000;

/** Events per slice: about two milliseconds. */
const sliceEvents = 2048;

export interface Listener {
  /** Takes all events that are queued now, without a yield, and counts what was lost. Events that keep coming do not prolong it. */
  drain(): void;
  /** As `drain`, in slices. */
  drainInSlices(): Promise<void>;
  /** Begins to take events in the background. */
  start(): void;
  stop(): void;
}

export interface ListenerOptions {
  readonly client: EventClient;
  /** Called before events are taken off the socket. */
  readonly onBegin: () => void;
  /** Called when all events that were taken in the background have been handled. */
  readonly onDrained: () => Promise<void>;
  readonly handle: (reception: Reception) => void;
  /** Called with the number of events that the kernel dropped since the last call. */
  readonly onLost: (count: number) => void;
  /** Called each time that events cannot be taken: once in a second while the failure lasts. */
  readonly onBroken: (error: unknown) => void;
  /** Called when events can be taken again. How many were lost meanwhile is not known. */
  readonly onRecovered: () => void;
  /** True where events must not collect for long: something that is known of an exited process is known only for a moment. */
  readonly isUrgent: () => boolean;
  readonly yieldToEventLoop: () => Promise<void>;
}

export function createListener(options: ListenerOptions): Listener {
  const { client, onBegin, onDrained, handle, onLost, onBroken, onRecovered, isUrgent, yieldToEventLoop } = options;
  let running = false;
  let drops = client.readDrops();
  /** Why events cannot be taken; undefined where they can. */
  let failure: ExporterError | undefined;

  function countLost(): void {
    const now = client.readDrops();
    const lost = (now - drops) >>> 0;
    drops = now;
    if (lost > 0) onLost(lost);
  }

  /** At least as many events as the buffer holds: after so many, all that were queued at the beginning have been taken. */
  const capacity = Math.ceil(client.receiveBufferBytes / smallestEventBytes);

  /** Events that were taken since the start. */
  let total = 0;

  /** @returns true where the queue was read empty */
  function take(limit: number): boolean {
    onBegin();
    // Counted before the first event is handled: its handler must know that an earlier event was lost.
    countLost();
    for (let taken = 0; taken < limit;) {
      const received = client.receive(handle);
      if (received === 0) {
        countLost();
        return true;
      }
      taken += received;
      total += received;
    }
    countLost();
    return false;
  }

  /** As `take`, but a failure of the socket is reported to `onBroken` and not thrown: the caller goes on without events. */
  function takeIfPossible(limit: number): boolean {
    if (failure !== undefined) return true;
    try {
      return take(limit);
    } catch (error) {
      if (!(error instanceof ExporterError) || error.class !== "socket") throw error;
      failure = error;
      onBroken(error);
      return true;
    }
  }

  async function drainInSlices(): Promise<void> {
    for (let taken = 0; taken < capacity && !takeIfPossible(sliceEvents); taken += sliceEvents)
      await yieldToEventLoop();
  }

  /** While many events come, how long the next ones collect; undefined where the first one is to be waited for. */
  let busyMs: number | undefined;

  /** Lets events collect and drains them, unless `stop` is called meanwhile. */
  async function collect(): Promise<void> {
    const waitedMs = busyMs ?? collectMs.quiet;
    await delay(waitedMs);
    if (!running) return;
    const before = total;
    await drainInSlices();
    busyMs = nextBusyMs(waitedMs, { taken: total - before, capacity, urgent: isUrgent() });
    await onDrained();
  }

  async function recover(): Promise<void> {
    await delay(retryMs, undefined, { ref: false });
    if (!running) return;
    try {
      if (client.reopen(failure)) drops = 0;
      failure = undefined;
      onRecovered();
    } catch (error) {
      onBroken(error);
    }
  }

  async function run(): Promise<void> {
    while (running) {
      try {
        if (failure !== undefined) await recover();
        else if (busyMs !== undefined || (await client.waitReadable(waitMs))) await collect();
      } catch (error) {
        // No failure of the socket but of a handler: these events may not be billed, and the next ones are taken all the same.
        onBroken(error);
        await recover();
      }
    }
  }

  return {
    drain: () => void takeIfPossible(capacity),
    drainInSlices,
    start() {
      running = true;
      void run();
    },
    stop() {
      running = false;
      client.close();
    },
  };
}
