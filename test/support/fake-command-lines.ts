/** The command lines of a fake /proc, read without a thread. A test says for which processes the read blocks. */

import type { CommandLines } from "../../src/procfs/command-lines.ts";
import { createCmdlineReader, type ReadCmdline } from "../../src/procfs/cmdline.ts";

export interface FakeCommandLines extends CommandLines {
  /** Processes for which a read of the command line blocks. */
  readonly blocking: Set<number>;
  /** How many command lines have been read. */
  readonly reads: number;
}

/** @param from the root of the fake /proc, or a function that reads in its place */
export function createFakeCommandLines(from: string | ReadCmdline): FakeCommandLines {
  const readCmdline = typeof from === "string" ? createCmdlineReader(from) : from;
  const blocking = new Set<number>();
  const blocked = new Set<number>();
  let reads = 0;
  return {
    blocking,
    get reads() {
      return reads;
    },
    readAhead: () => undefined,
    read(tgid) {
      reads++;
      blocked.delete(tgid);
      if (!blocking.has(tgid)) return readCmdline(tgid);
      blocked.add(tgid);
      return undefined;
    },
    isBlocked: (tgid) => blocked.has(tgid),
    forget: (tgid) => void blocked.delete(tgid),
    stuck: 0,
    close: () => undefined,
  };
}
