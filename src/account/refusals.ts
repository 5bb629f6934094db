/** The waits that have been refused, by kind of delay. Pure. */

import { delayKinds } from "../fields/fields.ts";

/** One number for each kind of delay, in the order of `delayKinds`. */
export interface Refusals {
  readonly waits: Float64Array;
  /** Nanoseconds. */
  readonly ns: Float64Array;
}

export function createRefusals(): Refusals {
  return { waits: new Float64Array(delayKinds.length), ns: new Float64Array(delayKinds.length) };
}

/** Adds one set of refusals to another one. */
export function addRefusals(from: Refusals, to: Refusals): void {
  for (let kind = 0; kind < delayKinds.length; kind++) {
    to.waits[kind] = (to.waits[kind] as number) + (from.waits[kind] as number);
    to.ns[kind] = (to.ns[kind] as number) + (from.ns[kind] as number);
  }
}
