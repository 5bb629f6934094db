/** Averages of figures that were sampled at irregular times, in columns of equal length. Pure. */

/** One sample: the average over the time from `from` to `to`, in seconds since the first column begins. */
export interface Sampled {
  readonly from: number;
  readonly to: number;
  readonly value: number;
}

/**
 * Divides the time between columns. A sample counts in each column by the time that it lasts there, so that one of a minute leaves no
 * gap between columns of some seconds.
 *
 * @returns the average of each column; NaN for a column in which no time was sampled
 */
export function averageColumns(
  samples: Iterable<Sampled>,
  { columns, seconds }: { readonly columns: number; readonly seconds: number },
): number[] {
  const length = seconds / columns;
  const sums = new Float64Array(columns);
  const sampled = new Float64Array(columns);
  for (const { from, to, value } of samples) {
    const last = Math.min(columns - 1, Math.floor(to / length));
    for (let column = Math.max(0, Math.floor(from / length)); column <= last; column++) {
      const time = Math.min(to, (column + 1) * length) - Math.max(from, column * length);
      if (time <= 0) continue;
      sampled[column] = (sampled[column] as number) + time;
      sums[column] = (sums[column] as number) + time * value;
    }
  }
  return Array.from(sums, (sum, column) => sum / (sampled[column] as number));
}
