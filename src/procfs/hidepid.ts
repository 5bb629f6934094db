/** Whether a mount of proc hides processes of other users. Pure. Source: proc(5), hidepid and gid; has_pid_permissions in fs/proc/base.c. */

/** The line of a mount at `root`, from the text of /proc/self/mountinfo. Of several on one directory the last is the one that is seen. */
function lineOf(mountinfo: string, root: string): string {
  return mountinfo.split("\n").findLast((line) => line.split(" ")[4] === root) ?? "";
}

/** The option of a mount at `root` that hides processes; undefined where there is none. */
export function findHidepid(mountinfo: string, root: string): string | undefined {
  return /\bhidepid=(?!0\b|off\b)\w+/.exec(lineOf(mountinfo, root))?.[0];
}

/**
 * Whether a mount at `root` shows processes of other users to those only who may trace them (CAP_SYS_PTRACE).
 *
 * @param gids groups of this process; members of the mount's group, which is 0 where it names none, see all processes
 */
export function needsTracing(mountinfo: string, root: string, gids: readonly number[]): boolean {
  const option = findHidepid(mountinfo, root);
  if (option === undefined) return false;
  const group = Number(/\bgid=(\d+)/.exec(lineOf(mountinfo, root))?.[1] ?? 0);
  return /=(4|ptraceable)$/.test(option) || !gids.includes(group);
}
