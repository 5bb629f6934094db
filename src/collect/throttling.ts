/**
 * Bills groups for the time in which a CPU quota throttled their control groups. A walk over all control groups finds those with a
 * quota and their processes; walks take a fixed share of the time at most. Between two walks only the control groups with a quota are
 * read. If the file system hangs, nothing more is billed, and one collection is held up for a moment.
 */

import { setTimeout as delay } from "node:timers/promises";
import { billThrottled, createThrottledMeter } from "../account/throttling.ts";
import type { Clock } from "../base/clock.ts";
import type { ControlGroupReader, LimitedGroup } from "../procfs/control-groups.ts";
import type { Process } from "./groups/process.ts";

export interface ThrottlingOptions {
  readonly reader: ControlGroupReader;
  readonly processes: ReadonlyMap<number, Process>;
  readonly clock: Clock;
}

export interface Throttling {
  /** Bills up to now. Resolves after `patienceMs` at the latest: the reading then goes on, and no other one begins until it is over. */
  update(patienceMs?: number): Promise<void>;
}

/** A control group with a quota, and its processes since it was last read, as far as they are known. */
interface LimitedMembers {
  readonly path: string;
  readonly inode: number;
  members: readonly Process[];
}

/**
 * Pause after a walk for each control group that the walk visited, which costs about 0.1 ms of CPU time. The pause does not depend on
 * the duration of the walk: under load a walk takes long, and that is when throttled time matters.
 */
const restPerGroupUs = 20_000;

/** A walk over 200 control groups takes 20 ms where the machine is not busy. */
const usualPatienceMs = 250;

async function atMost(work: Promise<void>, limitMs: number): Promise<void> {
  const done = new AbortController();
  const limit = delay(limitMs, undefined, { signal: done.signal }).catch(() => undefined);
  await Promise.race([work, limit]).finally(() => done.abort());
}

export function createThrottling(options: ThrottlingOptions): Throttling {
  const { reader, processes, clock } = options;
  const meter = createThrottledMeter();
  let limitedGroups: readonly LimitedMembers[] = [];
  let nextWalkUs = -Infinity;
  let running: Promise<void> | undefined;

  const bill = (members: readonly Process[], grownNs: number): void =>
    billThrottled(
      members.map(({ group }) => group.account),
      grownNs,
    );

  /** A process that exited since the last reading is billed too: it may have been throttled since then. */
  function billGroup(limited: LimitedGroup, previous: LimitedMembers | undefined): LimitedMembers {
    const members = [...limited.tgids].flatMap((tgid) => processes.get(tgid) ?? []);
    const exited = previous?.inode === limited.inode ? previous.members.filter((process) => process.ended) : [];
    bill([...members, ...exited], meter.growth(limited));
    return { path: limited.path, inode: limited.inode, members };
  }

  async function walk(): Promise<void> {
    const { seen, limited, complete } = await reader.walk();
    meter.note(seen, complete);
    const previous = new Map(limitedGroups.map((one) => [one.path, one]));
    limitedGroups = limited.map((one) => billGroup(one, previous.get(one.path)));
    nextWalkUs = clock.monotonicUs() + restPerGroupUs * seen.size;
  }

  /** A control group without a known process, or one that was removed and created again, is left to the next walk. */
  async function refresh(): Promise<void> {
    for (const one of limitedGroups) {
      if (one.members.length === 0) continue;
      const time = await reader.readThrottled(one.path);
      if (time?.inode !== one.inode) continue;
      bill(one.members, meter.growth({ path: one.path, ...time }));
      one.members = one.members.filter((process) => !process.ended);
    }
  }

  return {
    async update(patienceMs = usualPatienceMs) {
      const isDue = clock.monotonicUs() >= nextWalkUs;
      if (running !== undefined || (!isDue && limitedGroups.length === 0)) return;
      running = (isDue ? walk() : refresh()).finally(() => (running = undefined));
      await atMost(running, patienceMs);
    },
  };
}
