/** Who watches programs being started, as the collector sees it. exec-reader.ts has the real one, tests a fake. */

import type { Uids } from "../procfs/parse.ts";

/** A process right after an exec; undefined is what could not be read any more, or was not asked for. */
export interface Sighting {
  readonly tgid: number;
  readonly comm: string;
  readonly ppid: number | undefined;
  readonly startTicks: number | undefined;
  readonly argv: readonly string[] | undefined;
  readonly cgroups: readonly string[] | undefined;
  readonly uids: Uids | undefined;
}

export interface ExecWatcher {
  /** Hands over what was seen and not yet taken, in the order of the execs, without waiting. */
  take(visit: (sighting: Sighting) => void): void;
  /** Resolves when each exec before the call has been seen, or when that takes too long. */
  caughtUp(): Promise<void>;
  /** Execs of which the kernel could not tell. */
  readLost(): number;
  close(): void;
}
