/** The lines of `events` for people: one for each exit, in columns. */

import type { ProcessExit } from "../../account/recent-exits.ts";
import type { GroupLabels } from "../../classify/classifier.ts";
import { parseExitStatus } from "../../fields/exit-status.ts";
import { formatFixed, formatFixedHeader, type FixedColumn } from "../../terminal/fixed-columns.ts";
import { paint, type Style, type StyledText } from "../../terminal/table.ts";
import { formatBytes, formatSeconds } from "../../terminal/units.ts";
import { escapeControls } from "../../terminal/width.ts";
import type { ExitFormat } from "./exit-format.ts";
import { formatLabels } from "../../live/view.ts";

const columns: readonly FixedColumn[] = [
  { title: "TIME", width: 12 },
  { title: "GROUP", width: 16 },
  { title: "PID", width: 7, right: true },
  { title: "PARENT", width: 7, right: true },
  { title: "COMMAND", width: 15 },
  { title: "HOW", width: 14 },
  { title: "LIFETIME", width: 11, right: true },
  { title: "CPU", width: 11, right: true },
  { title: "LONGEST WAIT", width: 16 },
  { title: "PEAK MEMORY", width: 11, right: true },
];

/** The local time of day: HH:MM:SS.mmm. */
export function formatTimeOfDay(unixSeconds: number): string {
  const date = new Date(Math.round(unixSeconds * 1000));
  const digits = (value: number, width = 2): string => String(value).padStart(width, "0");
  const seconds = `${digits(date.getSeconds())}.${digits(date.getMilliseconds(), 3)}`;
  return `${digits(date.getHours())}:${digits(date.getMinutes())}:${seconds}`;
}

/** `exit 3`, `SIGKILL`, `SIGSEGV dumped`. */
function formatHow(status: number): StyledText {
  const { reason, code } = parseExitStatus(status);
  if (reason === "exited") return { text: `exit ${code}`, style: code === "0" ? "dim" : "red" };
  return { text: reason === "dumped" ? `${code} dumped` : code, style: "red" };
}

function formatWait(wait: ProcessExit["longestWait"]): string {
  return wait === undefined ? "-" : `${wait.kind} ${formatSeconds(wait.ns / 1e9)}`;
}

const count = (number: number, one: string, many: string): string => `${number} ${number === 1 ? one : many}`;

/** Creates the form for people. */
export function createExitText(colour: boolean): ExitFormat {
  function note(text: string, style: Style): string {
    const line = `-- ${escapeControls(text)} --`;
    return `${colour ? paint(line, style) : line}\n`;
  }

  return {
    header: formatFixedHeader(columns, colour),
    formatExit(labels: GroupLabels, exit) {
      const cells = [
        formatTimeOfDay(exit.atSeconds),
        formatLabels(labels),
        String(exit.tgid),
        String(exit.ppid),
        exit.comm,
        formatHow(exit.status),
        formatSeconds(exit.lifetimeUs / 1e6),
        formatSeconds(exit.runNs / 1e9),
        formatWait(exit.longestWait),
        formatBytes(exit.maxRssKib * 1024),
      ];
      return formatFixed(columns, cells, colour);
    },
    formatLost: (lost) =>
      note(
        `${count(lost, "exit event of a thread was", "exit events of threads were")} lost here: the receive buffer was full (raise --exits.receive-buffer)`,
        "red",
      ),
    formatNotShown: (exits) =>
      note(`${count(exits, "exit is", "exits are")} not shown: the reader is too slow`, "yellow"),
    formatInterrupted: (reason) => note(`exit events cannot be received: ${reason}`, "red"),
    formatResumed: () => note("exit events are received again; how many were lost is not known", "yellow"),
  };
}
