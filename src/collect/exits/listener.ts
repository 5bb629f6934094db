/**
 * Takes exit events off their socket and hands them on. The wait happens on a thread of libuv's pool; events are then
 * left to collect for some milliseconds, since a wake for each would cost more than the event, and taken in slices,
 * between which the event loop turns.
 */

import { setTimeout as delay } from "node:timers/promises";
import { ExporterError } from "../../base/errors.ts";
import type { EventClient } from "../../taskstats/client.ts";
import type { Reception } from "../../taskstats/decode.ts";

/** How long events collect after the first. At 50,000 a second these are 1,000 events, a fiftieth of the buffer. */
const collectMs = 20;

/** The longest single wait; it bounds how long a thread outlives `stop`. */
const waitMs = 1000;

/** No event takes less of the receive buffer; with the struct of version 16 one takes 1,280 bytes. */
const smallestEventBytes = 1024;

/** How long to wait after a failure. */
const mendMs = 1000;

/** Events taken between two turns of the event loop: about two milliseconds. */
const sliceEvents = 2048;

export interface Listener {
  /** Takes what is queued now, though not what is added meanwhile without an end, without a turn of the event loop, and counts what was lost. */
  drain(): void;
  /** As `drain`, in slices. */
  drainInSlices(): Promise<void>;
  /** Begins to take events as they come. */
  start(): void;
  stop(): void;
}

export interface ListenerOptions {
  readonly client: EventClient;
  /** Called before events are taken. */
  readonly onBegin: () => void;
  /** Called when the events that came in the background have been handled. */
  readonly onDrained: () => Promise<void>;
  readonly handle: (reception: Reception) => void;
  /** Told how many events the kernel dropped since it was last told. */
  readonly onLost: (count: number) => void;
  /** Told that events cannot be taken, each time that it is tried, once in a second. */
  readonly onBroken: (error: unknown) => void;
  /** Told that they can be taken again. Nobody knows how many were lost meanwhile. */
  readonly onMended: () => void;
  readonly yieldToEventLoop: () => Promise<void>;
}

export function createListener(options: ListenerOptions): Listener {
  const { client, onBegin, onDrained, handle, onLost, onBroken, onMended, yieldToEventLoop } = options;
  let running = false;
  let drops = client.readDrops();
  /** Why events cannot be taken. */
  let failure: ExporterError | undefined;

  function countLost(): void {
    const now = client.readDrops();
    const lost = (now - drops) >>> 0;
    drops = now;
    if (lost > 0) onLost(lost);
  }

  /** More events than the buffer holds: so many taken, all that was queued at the beginning is among them. */
  const capacity = Math.ceil(client.receiveBufferBytes / smallestEventBytes);

  /** @returns true where the queue was read empty */
  function take(limit: number): boolean {
    onBegin();
    // Whoever handles an event knows by then whether one before it was lost.
    countLost();
    for (let taken = 0; taken < limit;) {
      const received = client.receive(handle);
      if (received === 0) {
        countLost();
        return true;
      }
      taken += received;
    }
    countLost();
    return false;
  }

  /** As `take`; what the socket refuses is no matter of whoever wants the events that there are. */
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

  /** `stop` may have come while events collected. */
  async function drainIfRunning(): Promise<void> {
    if (!running) return;
    await drainInSlices();
    await onDrained();
  }

  async function mend(): Promise<void> {
    await delay(mendMs, undefined, { ref: false });
    if (!running) return;
    try {
      if (client.mend(failure)) drops = 0;
      failure = undefined;
      onMended();
    } catch (error) {
      onBroken(error);
    }
  }

  async function run(): Promise<void> {
    while (running) {
      try {
        if (failure !== undefined) await mend();
        else if (await client.waitReadable(waitMs)) await delay(collectMs).then(drainIfRunning);
      } catch (error) {
        // Not the socket's: what came is billed, or not, and the next events are taken all the same.
        onBroken(error);
        await mend();
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
