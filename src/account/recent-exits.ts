/** The last exits of a group's processes, for people who look at the group. Numbers are kept in one array, without an object per exit. */

import { delayKinds, slotOf, type DelayKind } from "../fields/fields.ts";

/** How many exits are kept of a group. */
export const recentExitsKept = 50;

/** Whose exit it is. */
export interface ExitIdentity {
  readonly tgid: number;
  readonly ppid: number;
  /** The command of the process at its exit. */
  readonly comm: string;
  /** Seconds since 1970 at which the exit was billed, some milliseconds after it happened. */
  readonly atSeconds: number;
  /** The wait status. */
  readonly status: number;
  /** Age of the process at its exit, in microseconds. */
  readonly lifetimeUs: number;
}

/** One exit of a process with what it used. A figure that the kernel did not tell is NaN. */
export interface ProcessExit extends ExitIdentity {
  /** CPU time, in nanoseconds. */
  readonly runNs: number;
  /** What its threads waited for longest, and for how long in sum; undefined where they did not wait. */
  readonly longestWait: { readonly kind: DelayKind; readonly ns: number } | undefined;
  /** The most memory that was resident, in KiB. */
  readonly maxRssKib: number;
}

export interface RecentExits {
  /** A row for each exit: see `columns`. */
  readonly figures: Float64Array;
  readonly comms: string[];
  /** Exits since the group began. The row of the next one is this number modulo the rows. */
  noted: number;
}

/** What was used, in kernel units by slot: the figures of the whole process, and the record of its last thread. */
export interface UsedTotals {
  readonly process: Float64Array;
  readonly last: Float64Array;
  readonly missingRunNs?: number;
}

const columns = { tgid: 0, ppid: 1, at: 2, status: 3, lifetime: 4, run: 5, waitKind: 6, wait: 7, maxRss: 8 } as const;
const width = Object.keys(columns).length;

const runTime = slotOf("cpu_run_virtual_total");
const hiwaterRss = slotOf("hiwater_rss");
const waitSlots = delayKinds.map((kind) => slotOf(`${kind}_delay_total`));

export function createRecentExits(): RecentExits {
  return { figures: new Float64Array(recentExitsKept * width), comms: [], noted: 0 };
}

/** The index of the longest of the waits; -1 where there is none. */
function longestWaitOf(process: Float64Array): number {
  let longest = -1;
  let ns = 0;
  for (let kind = 0; kind < waitSlots.length; kind++) {
    const value = process[waitSlots[kind] as number] as number;
    if (value > ns) [longest, ns] = [kind, value];
  }
  return longest;
}

/** Keeps an exit. It takes the place of the oldest one where as many as are kept are there already. */
export function noteExit(recent: RecentExits, identity: ExitIdentity, { process, last, missingRunNs = 0 }: UsedTotals) {
  const row = recent.noted++ % recentExitsKept;
  const { figures } = recent;
  const at = row * width;
  const kind = longestWaitOf(process);
  recent.comms[row] = identity.comm;
  figures[at + columns.tgid] = identity.tgid;
  figures[at + columns.ppid] = identity.ppid;
  figures[at + columns.at] = identity.atSeconds;
  figures[at + columns.status] = identity.status;
  figures[at + columns.lifetime] = identity.lifetimeUs;
  figures[at + columns.run] = (process[runTime] as number) + missingRunNs;
  figures[at + columns.waitKind] = kind;
  figures[at + columns.wait] = kind < 0 ? 0 : (process[waitSlots[kind] as number] as number);
  figures[at + columns.maxRss] = last[hiwaterRss] as number;
}

function readRow({ figures, comms }: RecentExits, row: number): ProcessExit {
  const figure = (column: keyof typeof columns): number => figures[row * width + columns[column]] as number;
  const kind = delayKinds[figure("waitKind")];
  return {
    tgid: figure("tgid"),
    ppid: figure("ppid"),
    comm: comms[row] as string,
    atSeconds: figure("at"),
    status: figure("status"),
    lifetimeUs: figure("lifetime"),
    runNs: figure("run"),
    longestWait: kind === undefined ? undefined : { kind, ns: figure("wait") },
    maxRssKib: figure("maxRss"),
  };
}

/** The rows of the kept exits, the last one first. */
const rowsOf = ({ noted }: RecentExits): readonly number[] =>
  Array.from({ length: Math.min(noted, recentExitsKept) }, (_, back) => (noted - 1 - back) % recentExitsKept);

/** The exit that was noted last. There must be one. */
export function readLatestExit(recent: RecentExits): ProcessExit {
  return readRow(recent, (recent.noted - 1) % recentExitsKept);
}

/** The kept exits, the last one first. */
export function listExits(recent: RecentExits | undefined): readonly ProcessExit[] {
  return recent === undefined ? [] : rowsOf(recent).map((row) => readRow(recent, row));
}

/** The last exits of both by their time. @returns a new object */
export function mergeRecentExits(one: RecentExits, other: RecentExits): RecentExits {
  const rows = [one, other].flatMap((recent) => rowsOf(recent).map((row) => ({ recent, row })));
  const atOf = ({ recent, row }: (typeof rows)[number]): number => recent.figures[row * width + columns.at] as number;
  rows.sort((first, second) => atOf(first) - atOf(second));
  const merged = createRecentExits();
  for (const { recent, row } of rows.slice(-recentExitsKept)) {
    const to = merged.noted++;
    merged.figures.set(recent.figures.subarray(row * width, (row + 1) * width), to * width);
    merged.comms[to] = recent.comms[row] as string;
  }
  return merged;
}
