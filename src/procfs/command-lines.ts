/**
 * Reads command lines on another thread, which is given up where a read blocks, so that the caller waits for some milliseconds at
 * most. A stuck thread cannot be interrupted: it lives until its read returns. So the number of stuck threads is limited.
 */

import { startCmdlineReader, type CmdlineReader } from "./cmdline-reader.ts";
import { mailboxSlots } from "./cmdline-mailbox.ts";
import type { ProcReader } from "./read.ts";

export interface CommandLines {
  /** Announces the next processes, so that many can be read by one request. Replaces what was announced before. */
  readAhead(tgids: readonly number[]): void;
  /**
   * Reads the first 512 KiB of a process's arguments: none for a kernel thread, and for a process that is exiting; undefined where
   * the process is gone, or where the read blocks.
   */
  read(tgid: number): readonly string[] | undefined;
  /** Whether a read of it is stuck, or was not tried because it might get stuck. */
  isBlocked(tgid: number): boolean;
  /** Forgets a process that has exited. */
  forget(tgid: number): void;
  /** Number of stuck threads. A program that has some must not wait for its threads when it stops. */
  readonly stuck: number;
  /** Asks the thread that is not stuck to return. */
  close(): void;
}

export interface CommandLinesOptions {
  readonly proc: Pick<ProcReader, "root" | "readStat" | "listThreads" | "readThreadStat">;
  /** Called when a thread gets stuck, with the process that it was reading. */
  readonly onStuck?: (tgid: number) => void;
  /** How many threads may be stuck. */
  readonly limit?: number;
  /** The file that the reading thread runs. */
  readonly program?: URL;
}

/** Default of `limit`. Each stuck thread costs 6 MB. */
const stuckLimit = 8;

const defaultProgram = new URL("./cmdline-thread.js", import.meta.url);

export function createCommandLines(options: CommandLinesOptions): CommandLines {
  const { proc, onStuck, limit = stuckLimit, program = defaultProgram } = options;
  let reader: CmdlineReader | undefined;
  /** The processes in whose read a thread is stuck, with that thread. */
  const stuck = new Map<number, CmdlineReader>();
  /** The processes of which no read was tried, because it might block. */
  const avoided = new Set<number>();
  /** The announced processes, and the index of each. */
  let plan: readonly number[] = [];
  let places = new Map<number, number>();
  /** Command lines that were read with those of another process, and not yet asked for. */
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

  /** Whether a read might block: a thread that holds the lock of its process's memory for long is in the state D. */
  function isSuspect(tgid: number): boolean {
    const stat = proc.readStat(tgid);
    if (stat === undefined || stat.state === "D") return stat !== undefined;
    if (stat.threads <= 1) return false;
    return (proc.listThreads(tgid) ?? []).some((tid) => proc.readThreadStat(tgid, tid)?.state === "D");
  }

  /**
   * Whether no read is to be tried. While less than half of the limit is stuck, every process is tried, since one that waits for a
   * disk can mostly be read all the same. From then on suspects are avoided; at the limit, all processes are.
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

  /** The process, and those that were announced behind it. */
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
