/** One thread that reads command lines, as the thread sees it that waits for its answers, though not for long. */

import { Worker } from "node:worker_threads";
import { createMailboxMemory, openMailbox } from "./cmdline-mailbox.ts";
import type { CmdlineTask } from "./cmdline-thread.ts";
import { parseCmdline } from "./parse.ts";
import { viewPulse } from "./pulse.ts";

/** What became of a request. */
export interface CmdlineAnswer {
  /** The first processes of the request, in its order; undefined is one that is gone. At least one, unless the thread is stuck. */
  readonly read: readonly (readonly string[] | undefined)[];
  /** The thread is stuck at the next one: it can be asked no more. */
  readonly stuck: boolean;
}

export interface CmdlineReader {
  /** Asks for up to `mailboxSlots` processes, and blocks until they have been read, no more text fits, or the thread is stuck. */
  request(tgids: readonly number[]): CmdlineAnswer;
  /** Lets the thread end as soon as it can. */
  close(): void;
}

export interface CmdlineReaderOptions {
  readonly procRoot: string;
  /** The thread's program. */
  readonly program: URL;
  /** Told when the thread has ended: where it was stuck, it is not any more. */
  readonly onEnd: () => void;
}

/** How long a single read may sleep in the kernel before its thread counts as stuck: a page from a slow disk takes ten. */
const patienceMs = 40;

/** How many times as long a thread may wait for a CPU, or take to start. */
const starvation = 50;

/** Little memory: the thread keeps nothing. */
const resourceLimits = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 1 };

export function startCmdlineReader({ procRoot, program, onEnd }: CmdlineReaderOptions): CmdlineReader {
  const memory = createMailboxMemory();
  const { control, request, answered, count, done, ids, lengths, text } = openMailbox(memory);
  const pulse = viewPulse(memory);
  const task: CmdlineTask = { procRoot, memory };
  const worker = new Worker(program, { workerData: task, resourceLimits });
  worker.unref();
  worker.once("exit", onEnd);
  worker.on("error", onEnd);
  let latest = 0;

  function post(tgids: readonly number[]): void {
    ids.set(tgids);
    Atomics.store(control, count, tgids.length);
    Atomics.store(control, done, 0);
    latest++;
    Atomics.store(control, request, latest);
    Atomics.notify(control, request);
  }

  /** @returns false where the thread is stuck */
  function waitForAnswer(): boolean {
    for (let tries = 0; tries < starvation; tries++) {
      const { reads } = pulse;
      const before = Atomics.load(control, answered);
      if (before === latest) return true;
      Atomics.wait(control, answered, before, patienceMs);
      if (Atomics.load(control, answered) === latest) return true;
      if (pulse.reads !== reads) tries = 0;
      else if (pulse.reading !== undefined && pulse.isAsleep()) return Atomics.load(control, answered) === latest;
    }
    return false;
  }

  function take(tgidCount: number): CmdlineAnswer["read"] {
    const read: (readonly string[] | undefined)[] = [];
    for (let index = 0, from = 0; index < tgidCount; index++) {
      const length = lengths[index] as number;
      const to = from + Math.max(length, 0);
      read.push(
        length < 0 ? undefined : parseCmdline(Buffer.from(text.buffer, text.byteOffset + from, length).toString()),
      );
      from = to;
    }
    return read;
  }

  function close(): void {
    pulse.giveUp();
    Atomics.store(control, request, -1);
    Atomics.notify(control, request);
  }

  return {
    request(tgids) {
      post(tgids);
      const ready = waitForAnswer();
      // What the thread finishes from now on is not looked at any more.
      if (!ready) close();
      return { read: take(Atomics.load(control, done)), stuck: !ready };
    },
    close,
  };
}
