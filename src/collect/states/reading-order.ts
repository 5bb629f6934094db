/**
 * Chooses whose state is read for a page. A process that has not run since its last reading cannot have changed by itself, so that a
 * host of idle processes costs little. Others change it seldom: memory is swapped out, a thread is woken and waits for a CPU. So
 * some of those that have not run are read as well, in turn.
 */

import type { ProcessState, ReadProcess } from "./process-state.ts";

/** A tracked process, with its last reading. */
export interface StatefulProcess extends ReadProcess {
  readonly state: ProcessState | undefined;
}

/** At least so many processes that have not run are read for a page. */
export const leastPerPage = 32;

/** Of many processes that have not run, one in so many is read for a page: each of them within so many pages. */
export const pagesPerRound = 64;

/** True where a process has run since its last reading, or a thread of it waits in state D: that it was woken does not show otherwise. */
function mayHaveChanged({ state, runCount, runTimeNs }: StatefulProcess): boolean {
  return state === undefined || state.runCount !== runCount || state.runTimeNs !== runTimeNs || state.waits.length > 0;
}

function byAge({ state: one }: StatefulProcess, { state: other }: StatefulProcess): number {
  return (one?.readUs ?? 0) - (other?.readUs ?? 0);
}

/** Returns the processes to read: those that may have changed and then others, of both those first whose reading is oldest. */
export function chooseReadings<P extends StatefulProcess>(processes: Iterable<P>): P[] {
  const changed: P[] = [];
  const unchanged: P[] = [];
  for (const process of processes) (mayHaveChanged(process) ? changed : unchanged).push(process);
  const due = Math.max(leastPerPage, Math.ceil(unchanged.length / pagesPerRound));
  return [...changed.sort(byAge), ...unchanged.sort(byAge).slice(0, due)];
}
