/** Makes a control group for a test: in a hierarchy of v1 where there is one, else in v2. */

import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { undoAtDeath } from "./undo.ts";

const root = existsSync("/sys/fs/cgroup/pids") ? "/sys/fs/cgroup/pids" : "/sys/fs/cgroup";

export interface ControlGroup {
  /** Moves a process into the group. */
  take(tgid: number): void;
  /** The command before another one that starts it inside the group, from its first instruction. */
  readonly through: readonly string[];
}

/** Removes a group. A group stays busy for a moment after its last task was reaped, so this tries for five seconds. */
async function remove(path: string): Promise<void> {
  for (let tries = 0; existsSync(path); tries++) {
    try {
      rmdirSync(path);
    } catch (error) {
      if (tries === 500) throw error;
      await setTimeout(10);
    }
  }
}

/** The groups of a path that do not exist, the innermost first. */
function missing(path: string): readonly string[] {
  return existsSync(path) ? [] : [path, ...missing(dirname(path))];
}

/** Makes a group below the root, and those above it that do not exist; all of them are removed afterwards. */
export async function withControlGroup(name: string, use: (group: ControlGroup) => Promise<void>): Promise<void> {
  const path = join(root, name);
  const made = missing(path);
  // The innermost group is noted last, since undoing begins with what was noted last.
  const done = made.toReversed().map((group) => undoAtDeath(["rmdir", group]));
  mkdirSync(path, { recursive: true });
  try {
    await use({
      take: (tgid) => {
        writeFileSync(join(path, "cgroup.procs"), String(tgid));
      },
      through: ["sh", "-c", 'echo 0 > "$0/cgroup.procs" && exec "$@"', path],
    });
  } finally {
    for (const group of made) await remove(group);
    for (const undone of done) undone();
  }
}
