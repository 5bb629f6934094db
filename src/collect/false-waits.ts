/**
 * Whether this kernel tells of block I/O waits that never were. Since Linux 6.12 a task that falls asleep under load may be
 * taken off its queue later, by another one, and the beginning of its wait is then noted for that one. Source:
 * __block_task() and DELAY_DEQUEUE in kernel/sched, __delayacct_blkio_start() in kernel/delayacct.c.
 */

/** Where the scheduler's features are shown and switched, with debugfs mounted. */
export const schedFeaturesPath = "/sys/kernel/debug/sched/features";

/** The command that ends false waits; it lasts until the next boot. */
export const falseWaitsCure = `echo NO_DELAY_DEQUEUE > ${schedFeaturesPath}`;

const firstRelease = [6, 12] as const;

function isAffected(release: string): boolean {
  const [, major = "0", minor = "0"] = /^(\d+)\.(\d+)/.exec(release) ?? [];
  const [firstMajor, firstMinor] = firstRelease;
  return Number(major) > firstMajor || (Number(major) === firstMajor && Number(minor) >= firstMinor);
}

/**
 * True where false waits are to be expected.
 *
 * @param release the kernel's
 * @param features the text of `schedFeaturesPath`; undefined where it cannot be read
 */
export function hasFalseWaits(release: string, features: string | undefined): boolean {
  if (!isAffected(release)) return false;
  return features === undefined || features.split(/\s+/).includes("DELAY_DEQUEUE");
}
