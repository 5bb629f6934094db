/**
 * Tells which of the processes that /proc does not show have ended. That they are not shown is no news of it: a mount with
 * hidepid hides live ones, and a look can fail for want of descriptors or memory. The kernel knows better, and is asked.
 */

import { slotOf } from "../../fields/fields.ts";
import type { Clock } from "../../base/clock.ts";
import { processAgeUs } from "../biller.ts";
import type { Process } from "../groups/process.ts";
import type { Ask } from "../polls/ask.ts";

const tgidSlot = slotOf("ac_tgid");

/** A record whose process began so much later than the one that is tracked is another's, under the same id. */
const startToleranceUs = 20_000;

/** Processes that are asked for between two turns of the event loop. */
const sliceSize = 256;

export interface AbsentOptions {
  readonly ask: Ask;
  readonly clock: Clock;
  /** Lets the event loop turn. */
  readonly yieldToEventLoop: () => Promise<void>;
}

/**
 * Finds those that have ended. Of one that does not answer for another reason nothing is known, and it is left out.
 *
 * @throws ExporterError as `Ask`
 */
export type FindEnded = (absent: readonly Process[]) => Promise<readonly Process[]>;

export function createFindEnded({ ask, clock, yieldToEventLoop }: AbsentOptions): FindEnded {
  /** Before struct version 12 a record names no process: its absence says nothing. */
  function isAnother({ tgid, startUs = Infinity }: Process, values: Float64Array): boolean {
    const owner = values[tgidSlot] as number;
    return (
      (owner === owner && owner !== tgid) || clock.monotonicUs() - processAgeUs(values) - startUs > startToleranceUs
    );
  }

  function findIn(slice: readonly Process[]): Process[] {
    const ended: Process[] = [];
    const at = (index: number): Process => slice[index] as Process;
    ask(
      "pid",
      slice.map(({ tgid }) => tgid),
      (index, { thread: { values } }) => {
        if (isAnother(at(index), values)) ended.push(at(index));
      },
      (index) => void ended.push(at(index)),
    );
    return ended;
  }

  return async (absent) => {
    const ended: Process[] = [];
    for (let from = 0; from < absent.length; from += sliceSize) {
      ended.push(...findIn(absent.slice(from, from + sliceSize).filter((process) => !process.ended)));
      await yieldToEventLoop();
    }
    return ended;
  };
}
