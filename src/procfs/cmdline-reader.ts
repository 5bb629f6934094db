/** Starts a thread that reads command lines, asks it, and waits for each answer for a short time at most. */

import { Worker } from "node:worker_threads";
import { createMailboxMemory, openMailbox } from "./cmdline-mailbox.ts";
import type { CmdlineTask } from "./cmdline-thread.ts";
import { parseCmdline } from "./parse.ts";
import { viewPulse } from "./pulse.ts";

/** The outcome of a request. */
export interface CmdlineAnswer {
  /**
   * The command lines of the first processes of the request, in its order; undefined for a process that is gone. At least one,
   * unless the thread is stuck.
   */
  readonly read: readonly (readonly string[] | undefined)[];
  /** The thread is stuck in the read for the next process, and must not be asked again. */
  readonly stuck: boolean;
}

export interface CmdlineReader {
  /** Asks for at most `mailboxSlots` processes. Blocks until all are read, no more text fits, or the thread is stuck. */
  request(tgids: readonly number[]): CmdlineAnswer;
  /** Asks the thread to return, which it does as soon as it is not stuck. */
  close(): void;
}

export interface CmdlineReaderOptions {
  readonly procRoot: string;
  /** The file that the thread runs. */
  readonly program: URL;
  /** Called when the thread has returned or failed, also after it was stuck. */
  readonly onEnd: () => void;
}

/** How long one read may sleep in the kernel before its thread counts as stuck. A page from a slow disk takes 10 ms. */
const patienceMs = 40;

/** A thread that does not sleep in a read, but waits for a CPU or starts, has this many times `patienceMs`. */
const starvation = 50;

/** The heap can be small, since the thread keeps nothing. */
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
      // The thread is given up before the answer is taken, so that it does not write to the mailbox meanwhile.
      if (!ready) close();
      return { read: take(Atomics.load(control, done)), stuck: !ready };
    },
    close,
  };
}
