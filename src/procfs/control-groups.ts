/**
 * Reads which control groups have a CPU quota, how long it held them back, and which processes are in them. Never on the
 * event loop's thread, and one file at a time, so that a file system that hangs holds one thread of the pool and no more.
 */

import { constants } from "node:fs";
import { open, readdir, readFile } from "node:fs/promises";
import {
  parseCpuHierarchy,
  parseIds,
  parseIsLimited,
  parseThrottledNs,
  quotaFiles,
  type CpuHierarchy,
} from "./cpu-hierarchy.ts";

/** How long a control group's quota has held it back. */
export interface ThrottledTime {
  /** Differs when a control group is removed and made again under the same path. */
  readonly inode: number;
  readonly throttledNs: number;
}

/** A control group with a quota of its own. */
export interface LimitedGroup extends ThrottledTime {
  readonly path: string;
  /** The processes in it and in the control groups below it. */
  readonly tgids: ReadonlySet<number>;
}

/** What one walk found. */
export interface ControlGroups {
  /** Paths of all control groups that were looked at. */
  readonly seen: ReadonlySet<string>;
  readonly limited: readonly LimitedGroup[];
  /** Nothing was left out: neither by the bound, nor since it could not be read. */
  readonly complete: boolean;
}

export interface ControlGroupReader {
  /** Looks at all control groups with the controller `cpu`; there are none where it is not mounted. */
  walk(): Promise<ControlGroups>;
  /** Of one control group; undefined where it is gone. */
  readThrottled(path: string): Promise<ThrottledTime | undefined>;
}

/** Control groups that are looked at in one walk. A node with 250 pods has about a thousand. */
const mostGroups = 16_384;

/** Far more than cpu.stat has; cgroup.procs is read to its end. */
const bufferBytes = 4096;

/** As reads of a control group fail that has just been removed. */
const isGone = (error: unknown): boolean => ["ENOENT", "ENODEV"].includes((error as NodeJS.ErrnoException).code ?? "");

async function readThrottled(path: string): Promise<ThrottledTime | undefined> {
  const file = await open(`${path}/cpu.stat`, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const { ino } = await file.stat();
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bufferBytes), 0, bufferBytes, 0);
    const throttledNs = parseThrottledNs(buffer.toString("latin1", 0, bytesRead));
    return throttledNs === undefined ? undefined : { inode: ino, throttledNs };
  } finally {
    await file.close();
  }
}

/** In v2 a threaded control group has no cgroup.procs to read: a process is found there by its leader. */
async function readMembers(path: string): Promise<number[]> {
  const text = await readFile(`${path}/cgroup.procs`, "latin1").catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== "EOPNOTSUPP") throw error;
    return readFile(`${path}/cgroup.threads`, "latin1");
  });
  return parseIds(text);
}

interface Limited extends LimitedGroup {
  readonly tgids: Set<number>;
}

/** A control group that is still to be looked at, and those above it that have a quota. */
interface Step {
  readonly path: string;
  readonly above: readonly Limited[];
}

/** One walk over a hierarchy, from its root down. */
function createWalk({ version, path: root }: CpuHierarchy) {
  const quotaFile = quotaFiles[version];
  const limited: Limited[] = [];

  async function readLimit(path: string): Promise<Limited | undefined> {
    if (!parseIsLimited(await readFile(`${path}/${quotaFile}`, "latin1"))) return undefined;
    const time = await readThrottled(path);
    return time && { path, ...time, tgids: new Set() };
  }

  /** @returns what is to be looked at next */
  async function look({ path, above }: Step): Promise<Step[]> {
    const entries = await readdir(path, { withFileTypes: true });
    const hasQuota = entries.some(({ name }) => name === quotaFile);
    // In v2 a control group without the controller has none below it that has it.
    if (!hasQuota && above.length === 0 && path !== root) return [];
    const own = hasQuota ? await readLimit(path) : undefined;
    const holders = own === undefined ? above : [...above, own];
    const members = holders.length > 0 ? await readMembers(path) : [];
    for (const { tgids } of holders) members.forEach((tgid) => tgids.add(tgid));
    // Not before all of it was read: it may have gone meanwhile, and is then not among those seen.
    if (own !== undefined) limited.push(own);
    return entries.flatMap((entry) => (entry.isDirectory() ? { path: `${path}/${entry.name}`, above: holders } : []));
  }

  return { limited, look };
}

async function walkHierarchy(hierarchy: CpuHierarchy): Promise<ControlGroups> {
  const { limited, look } = createWalk(hierarchy);
  const steps: Step[] = [{ path: hierarchy.path, above: [] }];
  const seen = new Set<string>();
  let complete = true;
  for (let step = steps.pop(); step !== undefined && seen.size < mostGroups; step = steps.pop()) {
    seen.add(step.path);
    try {
      steps.push(...(await look(step)));
    } catch (error) {
      if (isGone(error)) seen.delete(step.path);
      else complete = false;
    }
  }
  return { seen, limited, complete: complete && steps.length === 0 && seen.size > 0 };
}

/** Where control groups cannot be seen, nothing is known of them: they may be old when they come into sight. */
const nothing: ControlGroups = { seen: new Set(), limited: [], complete: false };

/** @param procRoot where the proc file system is mounted */
export function createControlGroupReader(procRoot: string): ControlGroupReader {
  /** Undefined until it is known, and when it has gone: then it is looked for again. */
  let hierarchy: CpuHierarchy | undefined;

  return {
    async walk() {
      const text = hierarchy ? "" : await readFile(`${procRoot}/self/mountinfo`, "utf8").catch(() => "");
      hierarchy ??= parseCpuHierarchy(text);
      if (hierarchy === undefined) return nothing;
      const found = await walkHierarchy(hierarchy);
      if (found.seen.size === 0) hierarchy = undefined;
      return found;
    },
    async readThrottled(path) {
      try {
        return await readThrottled(path);
      } catch {
        return undefined;
      }
    },
  };
}
