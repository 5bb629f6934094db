/**
 * Finds out which of the processes that /proc does not show have exited. A process that /proc does not show may be alive: a mount with
 * `hidepid` hides live processes, and reading /proc can fail when descriptors or memory run out. So the kernel is asked for each one.
 */

import { slotOf } from "../../fields/fields.ts";
import type { Clock } from "../../base/clock.ts";
import { processAgeUs } from "../biller.ts";
import type { Process } from "../groups/process.ts";
import type { Ask } from "../polls/ask.ts";

const tgidSlot = slotOf("ac_tgid");

/** If the process of a record started this much later than the tracked process, the id has been reused. */
const startToleranceUs = 20_000;

/** Processes per slice. */
const sliceSize = 256;

export interface FindExitedOptions {
  readonly ask: Ask;
  readonly clock: Clock;
  readonly yieldToEventLoop: () => Promise<void>;
}

/**
 * Returns those of the absent processes that have exited. A process is left out where the kernel gives no answer for it: nothing is
 * known of it then.
 *
 * @throws ExporterError as `Ask`
 */
export type FindExited = (absent: readonly Process[]) => Promise<readonly Process[]>;

export function createFindExited({ ask, clock, yieldToEventLoop }: FindExitedOptions): FindExited {
  /** True where the record is of another process under the same id. Before struct version 12 a record has no `ac_tgid` (NaN). */
  function isReused({ tgid, startUs = Infinity }: Process, values: Float64Array): boolean {
    const owner = values[tgidSlot] as number;
    return (
      (owner === owner && owner !== tgid) || clock.monotonicUs() - processAgeUs(values) - startUs > startToleranceUs
    );
  }

  function findIn(slice: readonly Process[]): Process[] {
    const exited: Process[] = [];
    const at = (index: number): Process => slice[index] as Process;
    ask(
      "pid",
      slice.map(({ tgid }) => tgid),
      (index, { thread: { values } }) => {
        if (isReused(at(index), values)) exited.push(at(index));
      },
      (index) => void exited.push(at(index)),
    );
    return exited;
  }

  return async (absent) => {
    const exited: Process[] = [];
    for (let from = 0; from < absent.length; from += sliceSize) {
      exited.push(...findIn(absent.slice(from, from + sliceSize).filter((process) => !process.ended)));
      await yieldToEventLoop();
    }
    return exited;
  };
}
