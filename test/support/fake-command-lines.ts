/** The command lines of a fake /proc, read without a thread; a test says of which processes reading blocks. */

import type { CommandLines } from "../../src/procfs/command-lines.ts";
import { createCmdlineReader, type ReadCmdline } from "../../src/procfs/cmdline.ts";

export interface FakeCommandLines extends CommandLines {
  /** Processes whose command line blocks who reads it. */
  readonly blocking: Set<number>;
  /** How many command lines have been read. */
  readonly reads: number;
}

/** @param from where /proc is, or what reads instead */
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
