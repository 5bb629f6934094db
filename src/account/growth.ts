/** By what a thread's waits of one kind have grown, and what of it cannot have happened. Pure. */

export interface Growth {
  readonly waits: number;
  readonly ns: number;
  /** The longest single wait where it is one of these; 0 where it is an older one, or no record says. */
  readonly longestNs: number;
}

/** What is refused of a growth. */
export interface Judgement {
  readonly waits: number;
  readonly ns: number;
  /** What is believed to be the longest wait: `longestNs`, what it was cut to, or NaN where it is not known. */
  readonly longestNs: number;
}

/**
 * Judges a growth that may not exceed `boundNs`. A small excess is one of clocks, and the waits are cut to the bound. Else
 * one wait or more are false. Where the longest is longer than possible and the others fit, it is the false one, and without
 * it the sum is that of the others, exactly. Where that cannot be told, everything is refused.
 *
 * @param toleranceNs by how much two clocks may differ
 */
export function judgeGrowth({ waits, ns, longestNs }: Growth, boundNs: number, toleranceNs: number): Judgement {
  const most = Math.max(boundNs, 0);
  if (ns <= most + toleranceNs) return { waits: 0, ns: Math.max(ns - most, 0), longestNs: Math.min(longestNs, most) };
  const othersNs = ns - longestNs;
  const told = waits > 1 && longestNs > most + toleranceNs && othersNs >= 0 && othersNs <= most + toleranceNs;
  if (!told) return { waits, ns, longestNs: NaN };
  return { waits: 1, ns: longestNs + Math.max(othersNs - most, 0), longestNs: NaN };
}
