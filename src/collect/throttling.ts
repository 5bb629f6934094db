/**
 * Bills groups the time in which a CPU quota held their control groups back. Which control groups have a quota, and which
 * processes are in them, is found by a walk that takes a fixed share of the time at the most; in between only the control
 * groups with a quota are read. A file system that hangs ends all of that, and holds up a collection once, for a moment.
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
  /** Bills up to now. What takes longer than `patienceMs` goes on without whoever asked, and until it ends nothing else is read. */
  update(patienceMs?: number): Promise<void>;
}

/** A control group with a quota, and the processes of which it is known that they have been in it since it was read last. */
interface Held {
  readonly path: string;
  readonly inode: number;
  members: readonly Process[];
}

/**
 * Rest after a walk for each control group that it looked at, which takes about 0.1 ms of CPU time. By their number and not by
 * the time it took: under load a walk takes long, and that is when quotas and waits are looked at.
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
  let held: readonly Held[] = [];
  let nextWalkUs = -Infinity;
  let running: Promise<void> | undefined;

  const bill = (members: readonly Process[], grownNs: number): void =>
    billThrottled(
      members.map(({ group }) => group.account),
      grownNs,
    );

  /** What ended since the last time may have been held back since then. */
  function hold(limited: LimitedGroup, previous: Held | undefined): Held {
    const members = [...limited.tgids].flatMap((tgid) => processes.get(tgid) ?? []);
    const ended = previous?.inode === limited.inode ? previous.members.filter((process) => process.ended) : [];
    bill([...members, ...ended], meter.growth(limited));
    return { path: limited.path, inode: limited.inode, members };
  }

  async function walk(): Promise<void> {
    const { seen, limited, complete } = await reader.walk();
    meter.note(seen, complete);
    const previous = new Map(held.map((one) => [one.path, one]));
    held = limited.map((one) => hold(one, previous.get(one.path)));
    nextWalkUs = clock.monotonicUs() + restPerGroupUs * seen.size;
  }

  /** A control group without a known process, or made again under its path, is left to the next walk, which knows who is in it. */
  async function refresh(): Promise<void> {
    for (const one of held) {
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
      if (running !== undefined || (!isDue && held.length === 0)) return;
      running = (isDue ? walk() : refresh()).finally(() => (running = undefined));
      await atMost(running, patienceMs);
    },
  };
}
