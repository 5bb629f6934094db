/**
 * Reads which control groups have a CPU quota, how long they were throttled, and which processes are in them. All reads are
 * asynchronous, one file at a time: a file system that hangs then blocks one thread of libuv's pool only, and never the event loop. Each
 * step on that pool takes 30 to 60 us of CPU, so that steps are saved where that is possible.
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

/** How long a control group was throttled by its quota. */
export interface ThrottledTime {
  /** Tells a control group from a later one at the same path. */
  readonly inode: number;
  readonly throttledNs: number;
}

/** A control group with a quota of its own. */
export interface LimitedGroup extends ThrottledTime {
  readonly path: string;
  /** The processes in this control group and in those below it. */
  readonly tgids: ReadonlySet<number>;
}

/** The result of one walk. */
export interface ControlGroups {
  /** Paths of all control groups that the walk visited. */
  readonly seen: ReadonlySet<string>;
  readonly limited: readonly LimitedGroup[];
  /** False where control groups were left out, because there are too many or because a file could not be read. */
  readonly complete: boolean;
}

export interface ControlGroupReader {
  /** Visits all control groups with the controller `cpu`; none where no hierarchy with it is mounted. */
  walk(): Promise<ControlGroups>;
  /** Reads the throttled time of one control group; undefined where it is gone. */
  readThrottled(path: string): Promise<ThrottledTime | undefined>;
}

/** How many control groups one walk visits. A Kubernetes node with 250 pods has about 1,000. */
const mostGroups = 16_384;

/** Far more than the size of cpu.stat. */
const bufferBytes = 4096;

/**
 * A control group that had no quota is asked again only in every fourth walk, a quarter of them in each. A quota that is set later is seen
 * three walks late at the most. This and `readShort` made a walk over 200 control groups take 0.4 times as much CPU.
 */
const turns = 4;

/** Whether a read failed because the control group was removed. */
const isGone = (error: unknown): boolean => ["ENOENT", "ENODEV"].includes((error as NodeJS.ErrnoException).code ?? "");

/** Reads a file of less than `bufferBytes` in three steps; `readFile` takes five. */
async function readShort(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bufferBytes), 0, bufferBytes, 0);
    return buffer.toString("latin1", 0, bytesRead);
  } finally {
    await file.close();
  }
}

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

/** In v2 reading cgroup.procs of a threaded control group fails. Its cgroup.threads then lists a process by the id of its leader. */
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

/** A control group to visit, and those above it that have a quota. */
interface Step {
  readonly path: string;
  readonly above: readonly Limited[];
}

/** For each control group that had no quota: how many more walks will take that for granted. */
type Unlimited = Map<string, number>;

/** Creates the state of one walk over a hierarchy, from its root down. @param known what the last walk found */
function createWalk({ version, path: root }: CpuHierarchy, known: Unlimited) {
  const quotaFile = quotaFiles[version];
  const limited: Limited[] = [];
  const unlimited: Unlimited = new Map();

  async function readLimit(path: string): Promise<Limited | undefined> {
    const left = known.get(path);
    if (left !== undefined && left > 0) {
      unlimited.set(path, left - 1);
      return undefined;
    }
    if (!parseIsLimited(await readShort(`${path}/${quotaFile}`))) {
      unlimited.set(path, left === undefined ? unlimited.size % turns : turns - 1);
      return undefined;
    }
    const time = await readThrottled(path);
    return time && { path, ...time, tgids: new Set() };
  }

  /** Visits one control group. @returns those below it, to be visited next */
  async function look({ path, above }: Step): Promise<Step[]> {
    const entries = await readdir(path, { withFileTypes: true });
    const hasQuota = entries.some(({ name }) => name === quotaFile);
    // In v2, where a control group lacks the controller, all control groups below it lack it too.
    if (!hasQuota && above.length === 0 && path !== root) return [];
    const own = hasQuota ? await readLimit(path) : undefined;
    const holders = own === undefined ? above : [...above, own];
    const members = holders.length > 0 ? await readMembers(path) : [];
    for (const { tgids } of holders) members.forEach((tgid) => tgids.add(tgid));
    // Added only after all files were read: if the control group is removed meanwhile, it must be neither here nor in `seen`.
    if (own !== undefined) limited.push(own);
    return entries.flatMap((entry) => (entry.isDirectory() ? { path: `${path}/${entry.name}`, above: holders } : []));
  }

  return { limited, unlimited, look };
}

interface Walked extends ControlGroups {
  readonly unlimited: Unlimited;
}

async function walkHierarchy(hierarchy: CpuHierarchy, known: Unlimited): Promise<Walked> {
  const { limited, unlimited, look } = createWalk(hierarchy, known);
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
  return { seen, limited, unlimited, complete: complete && steps.length === 0 && seen.size > 0 };
}

/** The result where no hierarchy is visible. It is not complete: control groups may exist, and become visible later. */
const nothing: ControlGroups = { seen: new Set(), limited: [], complete: false };

/** @param procRoot where the proc file system is mounted */
export function createControlGroupReader(procRoot: string): ControlGroupReader {
  /** Undefined until the hierarchy is found, and again after it has gone. The next walk then looks for it. */
  let hierarchy: CpuHierarchy | undefined;
  let known: Unlimited = new Map();

  return {
    async walk() {
      const text = hierarchy ? "" : await readFile(`${procRoot}/self/mountinfo`, "utf8").catch(() => "");
      hierarchy ??= parseCpuHierarchy(text);
      if (hierarchy === undefined) return nothing;
      const { unlimited, ...found } = await walkHierarchy(hierarchy, known);
      known = unlimited;
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
