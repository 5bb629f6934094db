/** Attempts at what depends on whether the exec watcher gets a CPU in time. */

/**
 * Calls `attempt` until its figure is large enough, five times at most: on a busy machine it is chance what the exec watcher sees.
 * What must always hold is expected in each attempt.
 *
 * @returns the largest figure
 */
export async function best(enough: number, attempt: (index: number) => Promise<number>): Promise<number> {
  let most = -Infinity;
  for (let index = 0; index < 5 && most < enough; index++) most = Math.max(most, await attempt(index));
  return most;
}
