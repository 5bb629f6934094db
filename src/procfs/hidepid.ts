/** Finds out whether a mount of proc hides processes. Pure. Sources: proc(5); has_pid_permissions in fs/proc/base.c. */

/** The line of the mount at `root` in /proc/self/mountinfo. Of several mounts on one directory, only the last one is visible. */
function lineOf(mountinfo: string, root: string): string {
  return mountinfo.split("\n").findLast((line) => line.split(" ")[4] === root) ?? "";
}

/** The option of the mount at `root` that hides processes of other users; undefined where none does. */
export function findHidepid(mountinfo: string, root: string): string | undefined {
  return /\bhidepid=(?!0\b|off\b)\w+/.exec(lineOf(mountinfo, root))?.[0];
}

/**
 * Whether this process needs CAP_SYS_PTRACE to see processes of other users in the mount at `root`.
 *
 * @param gids the groups of this process. Members of the group of gid=, 0 by default, see all processes unless hidepid=4
 */
export function needsTracing(mountinfo: string, root: string, gids: readonly number[]): boolean {
  const option = findHidepid(mountinfo, root);
  if (option === undefined) return false;
  const group = Number(/\bgid=(\d+)/.exec(lineOf(mountinfo, root))?.[1] ?? 0);
  return /=(4|ptraceable)$/.test(option) || !gids.includes(group);
}
