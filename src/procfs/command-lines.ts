/**
 * The command lines of processes, read by a thread that is given up where a read blocks: the one who asks waits for some
 * milliseconds at the most. A thread that is stuck stays, since it cannot be interrupted, and ends when its read does; so there
 * may be only so many of them.
 */

import { startCmdlineReader, type CmdlineReader } from "./cmdline-reader.ts";
import { mailboxSlots } from "./cmdline-mailbox.ts";
import type { ProcReader } from "./read.ts";

export interface CommandLines {
  /** Says which processes will be asked for next, so that many are read at once. What was said before is forgotten. */
  readAhead(tgids: readonly number[]): void;
  /**
   * Its arguments, the first 512 KiB of them; empty for a kernel thread, and for a process that is ending; undefined where it is
   * gone, or where reading blocks.
   */
  read(tgid: number): readonly string[] | undefined;
  /** Reading it has blocked, and is not known to work again. */
  isBlocked(tgid: number): boolean;
  /** A process has ended. */
  forget(tgid: number): void;
  /** Threads that are stuck: the program must not wait for their end. */
  readonly stuck: number;
  /** Lets threads end that can. */
  close(): void;
}

export interface CommandLinesOptions {
  readonly proc: Pick<ProcReader, "root" | "readStat" | "listThreads" | "readThreadStat">;
  /** Told of a process in whose read a thread is stuck. */
  readonly onStuck?: (tgid: number) => void;
  /** Of threads that are stuck. */
  readonly limit?: number;
  /** The reading thread's program. */
  readonly program?: URL;
}

/** Six megabytes each. */
const stuckLimit = 8;

const defaultProgram = new URL("./cmdline-thread.js", import.meta.url);

export function createCommandLines(options: CommandLinesOptions): CommandLines {
  const { proc, onStuck, limit = stuckLimit, program = defaultProgram } = options;
  let reader: CmdlineReader | undefined;
  /** Processes in whose read a thread is stuck. */
  const stuck = new Map<number, CmdlineReader>();
  /** Those that were not asked for, since a thread might have been lost. */
  const avoided = new Set<number>();
  /** Those that will be asked for, and the place of each. */
  let plan: readonly number[] = [];
  let places = new Map<number, number>();
  /** What was read and not yet asked for. */
  let ahead = new Map<number, readonly string[] | undefined>();

  function open(): CmdlineReader {
    const opened: CmdlineReader = startCmdlineReader({
      procRoot: proc.root,
      program,
      onEnd() {
        if (reader === opened) reader = undefined;
        for (const [tgid, holder] of stuck) if (holder === opened) stuck.delete(tgid);
      },
    });
    return opened;
  }

  /** Who holds a lock of its process's memory for long sleeps in the kernel, in one of its threads. */
  function isSuspect(tgid: number): boolean {
    const stat = proc.readStat(tgid);
    if (stat === undefined || stat.state === "D") return stat !== undefined;
    if (stat.threads <= 1) return false;
    return (proc.listThreads(tgid) ?? []).some((tid) => proc.readThreadStat(tgid, tid)?.state === "D");
  }

  /**
   * Once half of the threads have been lost, none is risked any more for a process that looks as if it could hold another one.
   * Before, each is tried: who waits for a disk is mostly readable all the same.
   */
  function isAvoided(tgid: number): boolean {
    if (stuck.has(tgid)) return true;
    avoided.delete(tgid);
    if (stuck.size < limit / 2 || (stuck.size < limit && !isSuspect(tgid))) return false;
    avoided.add(tgid);
    return true;
  }

  function request(tgids: readonly number[]): void {
    reader ??= open();
    const { read, stuck: isStuck } = reader.request(tgids);
    read.forEach((argv, index) => ahead.set(tgids[index] as number, argv));
    const next = tgids[read.length];
    if (!isStuck) return;
    if (next !== undefined) {
      stuck.set(next, reader);
      onStuck?.(next);
    }
    reader = undefined;
  }

  /** The process and those that will be asked for after it. */
  function batchFrom(tgid: number): readonly number[] {
    const place = places.get(tgid);
    if (place === undefined) return [tgid];
    return plan.slice(place, place + mailboxSlots).filter((next) => !ahead.has(next) && !isAvoided(next));
  }

  return {
    readAhead(tgids) {
      plan = tgids;
      places = new Map(tgids.map((tgid, place) => [tgid, place]));
      ahead = new Map();
    },
    read(tgid) {
      if (!ahead.has(tgid)) {
        if (isAvoided(tgid)) return undefined;
        request(batchFrom(tgid));
      }
      const argv = ahead.get(tgid);
      ahead.delete(tgid);
      places.delete(tgid);
      return argv;
    },
    isBlocked: (tgid) => stuck.has(tgid) || avoided.has(tgid),
    forget: (tgid) => void avoided.delete(tgid),
    get stuck() {
      return stuck.size;
    },
    close() {
      reader?.close();
      reader = undefined;
    },
  };
}
