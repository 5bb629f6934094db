/** What has been refused of each row, and totals without it. Pure. */

import { delayKinds, fields, slotOf } from "../fields/fields.ts";
import type { Totals } from "./account.ts";
import type { Judgement } from "./growth.ts";
import { createRefusals, type Refusals } from "./refusals.ts";

export interface Corrections {
  /**
   * Leaves out what was refused of one kind of delay.
   *
   * @param kind index into `delayKinds`
   * @param newLongestNs the maximum of that kind where the judged waits raised it; else 0
   */
  add(row: number, kind: number, judgement: Judgement, newLongestNs: number): void;
  /** How much is left out of one kind of delay so far, in nanoseconds. */
  leftOutNs(row: number, kind: number): number;
  /** The totals without what is left out: `totals` itself, or a copy that is valid until the next call. */
  apply(row: number, totals: Totals): Totals;
  /** Leaves nothing out of this row any more. */
  forget(row: number): void;
}

/** What is left out of a row. A maximum that equals `falseMax` is replaced by `believedMax`. */
interface LeftOut extends Refusals {
  readonly falseMax: Float64Array;
  readonly believedMax: Float64Array;
}

const kinds = delayKinds.map((kind) => ({
  total: slotOf(`${kind}_delay_total`),
  count: slotOf(`${kind}_count`),
  max: slotOf(`${kind}_delay_max`),
}));

function createLeftOut(): LeftOut {
  const unknown = (): Float64Array => new Float64Array(kinds.length).fill(NaN);
  return { ...createRefusals(), falseMax: unknown(), believedMax: unknown() };
}

export function createCorrections(): Corrections {
  /** Only few rows have anything left out. */
  const rows = new Map<number, LeftOut>();
  const believed = new Float64Array(fields.length);

  function correct(totals: Totals, out: LeftOut): Totals {
    believed.set(totals);
    for (let kind = 0; kind < kinds.length; kind++) {
      const { total, count, max } = kinds[kind] as (typeof kinds)[number];
      believed[total] = (totals[total] as number) - (out.ns[kind] as number);
      believed[count] = (totals[count] as number) - (out.waits[kind] as number);
      if ((totals[max] as number) === out.falseMax[kind]) believed[max] = out.believedMax[kind] as number;
    }
    return believed;
  }

  return {
    add(row, kind, judgement, newLongestNs) {
      const out = rows.get(row) ?? createLeftOut();
      rows.set(row, out);
      out.waits[kind] = (out.waits[kind] as number) + judgement.waits;
      out.ns[kind] = (out.ns[kind] as number) + judgement.ns;
      if (newLongestNs > 0 && judgement.longestNs !== newLongestNs) {
        out.falseMax[kind] = newLongestNs;
        out.believedMax[kind] = judgement.longestNs;
      }
    },
    leftOutNs: (row, kind) => rows.get(row)?.ns[kind] ?? 0,
    apply(row, totals) {
      const out = rows.size > 0 ? rows.get(row) : undefined;
      return out === undefined ? totals : correct(totals, out);
    },
    forget(row) {
      if (rows.size > 0) rows.delete(row);
    },
  };
}
