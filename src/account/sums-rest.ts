/**
 * What the sums of a process hold beyond the records of its threads, where records were lost. It is used where threads are billed by name:
 * then all figures come from the records of threads, and only this rest comes from the sums. Pure.
 */

import type { Totals } from "./account.ts";

/** The rest of one process. */
export interface SumsRest {
  /** The sums of the baseline; zeros for a process that is billed from zero. */
  readonly base: Float64Array;
  /** The latest sums. */
  readonly last: Float64Array;
  /** What has been billed by the records of its threads. */
  readonly threads: Float64Array;
  /** What of the rest has been billed. */
  readonly billed: Float64Array;
  /** True where it is known that a thread's record was not billed. */
  lacksRecord: boolean;
}

export interface SumsRests {
  /** @param base the sums of a process that is older than the exporter; left out for one that is billed from zero */
  create(base?: Totals): SumsRest;
  /** Notes the latest sums. */
  note(rest: SumsRest, sums: Totals): void;
  /** Notes what a thread's record has billed to an account: by how much `after` exceeds `before`. */
  noteThread(rest: SumsRest, before: Float64Array, after: Float64Array): void;
  /** True where `bill` would change something. */
  differs(rest: SumsRest): boolean;
  /**
   * Bills the rest, or takes back what of it has turned out to be in a thread's record. Call it when the records of all threads that
   * exited before the last sums should have come.
   */
  bill(rest: SumsRest, exact: Float64Array): void;
}

const orZero = (value: number): number => (value === value ? value : 0);

/** What the sums hold beyond the records. Records come later than the sums, so that they may well hold more. */
function restAt({ base, last, threads }: SumsRest, index: number): number {
  return Math.max((last[index] as number) - (base[index] as number) - (threads[index] as number), 0);
}

/** @param slots those that the kernel sums up over a process, exited threads included */
export function createSumsRests(slots: readonly number[]): SumsRests {
  const order = Uint16Array.from(slots);
  const create = (): Float64Array => new Float64Array(order.length);

  function read(totals: Totals, into: Float64Array): void {
    for (let index = 0; index < order.length; index++) into[index] = orZero(totals[order[index] as number] as number);
  }

  return {
    create(base) {
      const rest = { base: create(), last: create(), threads: create(), billed: create(), lacksRecord: false };
      if (base !== undefined) {
        read(base, rest.base);
        read(base, rest.last);
      }
      return rest;
    },
    note(rest, sums) {
      // Sums of zeros are those of a zombie.
      if (order.some((slot) => (sums[slot] as number) > 0)) read(sums, rest.last);
    },
    noteThread({ threads }, before, after) {
      for (let index = 0; index < order.length; index++) {
        const slot = order[index] as number;
        threads[index] = (threads[index] as number) + (after[slot] as number) - (before[slot] as number);
      }
    },
    differs: (rest) => rest.billed.some((billed, index) => billed !== restAt(rest, index)),
    bill(rest, exact) {
      const { billed } = rest;
      for (let index = 0; index < order.length; index++) {
        const target = restAt(rest, index);
        const slot = order[index] as number;
        exact[slot] = (exact[slot] as number) + target - (billed[index] as number);
        billed[index] = target;
      }
    },
  };
}
