/** Judges by how much a thread's waits of one kind have grown, and refuses what cannot have happened. Pure. */

/** By how much the waits of one kind have grown. */
export interface Growth {
  readonly waits: number;
  readonly ns: number;
  /** The longest of these waits; 0 where an older wait was longer, or where the kernel does not tell. */
  readonly longestNs: number;
}

/** The part of a growth that is refused. */
export interface Judgement {
  readonly waits: number;
  readonly ns: number;
  /** The longest wait that is believed: `Growth.longestNs`, that value cut to the bound, or NaN where it is not known. */
  readonly longestNs: number;
}

/**
 * Judges a growth that may not exceed `boundNs`. A small excess comes from differences between clocks: the waits are cut to the
 * bound. A larger excess means that at least one wait is false. Where the longest wait exceeds the bound and the others fit
 * into it, only the longest one is refused; the sum of the others is then exact. In all other cases everything is refused.
 *
 * @param toleranceNs by how much two clocks may differ
 */
export function judgeGrowth({ waits, ns, longestNs }: Growth, boundNs: number, toleranceNs: number): Judgement {
  const most = Math.max(boundNs, 0);
  if (ns <= most + toleranceNs) return { waits: 0, ns: Math.max(ns - most, 0), longestNs: Math.min(longestNs, most) };
  const othersNs = ns - longestNs;
  const isOneFalse = waits > 1 && longestNs > most + toleranceNs && othersNs >= 0 && othersNs <= most + toleranceNs;
  if (!isOneFalse) return { waits, ns, longestNs: NaN };
  return { waits: 1, ns: longestNs + Math.max(othersNs - most, 0), longestNs: NaN };
}
