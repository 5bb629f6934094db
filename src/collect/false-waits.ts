/**
 * Whether this kernel reports block I/O waits that did not happen. Since Linux 6.12 a task that falls asleep under load may be taken
 * off its run queue later, by another task, and the start of the wait is then noted for that other task. Source: __block_task() and
 * DELAY_DEQUEUE in kernel/sched, __delayacct_blkio_start() in kernel/delayacct.c.
 */

/** The file that shows and switches the scheduler's features; it needs debugfs. */
export const schedFeaturesPath = "/sys/kernel/debug/sched/features";

/** The command that stops false waits until the next boot. */
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
 * @param release the kernel's release, such as `6.12.117+deb13-cloud-amd64`
 * @param features the text of `schedFeaturesPath`; undefined where it cannot be read
 */
export function hasFalseWaits(release: string, features: string | undefined): boolean {
  if (!isAffected(release)) return false;
  return features === undefined || features.split(/\s+/).includes("DELAY_DEQUEUE");
}
