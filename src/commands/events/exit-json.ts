/** The lines of `events --json`: one object for each exit, and one in place for what is missing. */

import type { ProcessExit } from "../../account/recent-exits.ts";
import { parseExitStatus } from "../../fields/exit-status.ts";
import { formatJsonLine } from "../../terminal/json.ts";
import type { ExitFormat } from "./exit-format.ts";

const formatTime = (unixSeconds: number): string => new Date(Math.round(unixSeconds * 1000)).toISOString();

/** Undefined, which JSON leaves out, for a figure that is not known. */
const known = (value: number): number | undefined => (Number.isNaN(value) ? undefined : value);

const describeWait = (wait: ProcessExit["longestWait"]) => wait && { kind: wait.kind, seconds: wait.ns / 1e9 };

/** Creates the form for programs. @param nowSeconds the time of what has none of its own, in seconds since 1970 */
export function createExitJson(nowSeconds: () => number): ExitFormat {
  const note = (object: object): string => formatJsonLine({ time: formatTime(nowSeconds()), ...object });

  return {
    header: undefined,
    formatExit: (labels, { atSeconds, tgid, ppid, comm, status, lifetimeUs, runNs, longestWait, maxRssKib }) =>
      formatJsonLine({
        time: formatTime(atSeconds),
        labels,
        ...{ tgid, ppid, comm },
        ...parseExitStatus(status),
        lifetime_seconds: known(lifetimeUs / 1e6),
        cpu_seconds: known(runNs / 1e9),
        longest_wait: describeWait(longestWait),
        max_rss_bytes: known(maxRssKib * 1024),
      }),
    formatLost: (lost) => note({ lost }),
    formatNotShown: (exits) => note({ not_shown: exits }),
    formatInterrupted: (reason) => note({ interrupted: reason }),
    formatResumed: () => note({ resumed: true }),
  };
}
