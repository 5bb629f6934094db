/** Finds the name that somebody probably meant who wrote another. */

/**
 * The name with the fewest changes to `written`; undefined if each needs more than one change, and more than a third of its
 * letters. A change is a letter that is missing, too many or wrong, or two neighbours in the wrong order. Upper and lower case
 * are the same.
 */
export function nearest(written: string, names: readonly string[]): string | undefined {
  const rated = names
    .map((name) => ({ name, changes: distance(written.toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, changes }) => changes <= Math.max(1, Math.floor(name.length / 3)))
    .sort((one, other) => one.changes - other.changes);
  return rated[0]?.name;
}

/** The optimal string alignment distance. Only the first 64 letters of `one` count, which is longer than any name. */
function distance(one: string, other: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let row = 0; row < Math.min(one.length, 64); row++) {
    const current = [row + 1];
    for (let column = 0; column < other.length; column++) {
      const replaced = (last[column] ?? 0) + (other[column] === one[row] ? 0 : 1);
      const isSwapped = row > 0 && column > 0 && other[column] === one[row - 1] && other[column - 1] === one[row];
      const swapped = isSwapped ? (beforeLast[column - 1] ?? 0) + 1 : Infinity;
      current.push(Math.min(replaced, swapped, (last[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    }
    beforeLast = last;
    last = current;
  }
  return last[other.length] ?? 0;
}
