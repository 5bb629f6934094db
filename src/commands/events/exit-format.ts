/** How `events` writes what it is told: types only. */

import type { ProcessExit } from "../../account/recent-exits.ts";
import type { GroupLabels } from "../../classify/classifier.ts";

/** The lines of one form of output. Each ends with a line break. */
export interface ExitFormat {
  /** The line above all others; undefined where the form has none. */
  readonly header: string | undefined;
  /** @param labels the labels of the group of the process */
  formatExit(labels: GroupLabels, exit: ProcessExit): string;
  /** @param count exit events that the kernel dropped */
  formatLost(count: number): string;
  /** @param count exits that had no room in the output */
  formatNotShown(count: number): string;
  /** Exit events can no longer be taken. */
  formatInterrupted(reason: string): string;
  /** Exit events can be taken again. */
  formatResumed(): string;
}
