/** Samples all groups again and again, whether anybody looks or not: so who opens the page sees what happened before. */

import type { Clock } from "../base/clock.ts";
import type { Timer } from "../base/timer.ts";
import type { GroupFigures } from "../exposition/page.ts";
import { createHistory, sampleSeconds, type History } from "./history.ts";

/** Samples take this share of one CPU at the most: where there are very many processes, they are further apart. */
const defaultShare = 1 / 200;

/** Samples are not taken further apart than this because of their cost, in seconds. */
const longestSeconds = 60;

/** What was sampled last. */
export interface Sample {
  readonly groups: readonly GroupFigures[];
  /** Seconds since 1970. */
  readonly at: number;
  /** Seconds until the next one, from `at`. */
  readonly next: number;
}

export interface Sampler {
  readonly history: History;
  /** Undefined before the first sample. */
  readonly latest: Sample | undefined;
  /** Why samples fail since `latest`; undefined where they do not. */
  readonly failure: unknown;
  /** Samples at once, and then again and again. */
  start(): Promise<void>;
  stop(): void;
}

export interface SamplerOptions {
  /** Brings all groups up to now. */
  readonly sample: () => Promise<readonly GroupFigures[]>;
  readonly clock: Clock;
  readonly timer: Timer;
  /** How many CPUs the machine has. */
  readonly cpus: number;
  /** The CPU time of this process, in seconds. */
  readonly cpuSeconds: () => number;
  /** Seconds between two samples, at the least. */
  readonly seconds?: number;
  /** The share of one CPU that samples may take at the most. */
  readonly mostShare?: number;
  /** Called after each sample. */
  readonly onSample?: () => void;
  /** Called with the failure of a sample. The next one is taken all the same. */
  readonly onError: (error: unknown) => void;
}

export function createSampler(options: SamplerOptions): Sampler {
  const { sample, clock, timer, cpus, cpuSeconds, onSample, onError } = options;
  const { seconds = sampleSeconds, mostShare = defaultShare } = options;
  const history = createHistory(cpus);
  let latest: Sample | undefined;
  let failure: unknown;
  let stopped = false;
  /** Asked by a function, since `stop` may be called while a sample is awaited. */
  const isStopped = (): boolean => stopped;
  let cancel: (() => void) | undefined;

  async function take(): Promise<void> {
    const begin = cpuSeconds();
    let next = seconds;
    try {
      const groups = await sample();
      if (isStopped()) return;
      history.note(groups, clock.monotonicUs() / 1e6);
      next = Math.max(seconds, Math.min((cpuSeconds() - begin) / mostShare, longestSeconds));
      latest = { groups, at: clock.unixSeconds(), next };
      failure = undefined;
      onSample?.();
    } catch (error) {
      // A sample that is under way when the exporter stops fails, because its sockets are closed: that is no error.
      if (isStopped()) return;
      failure = error;
      onError(error);
    }
    // `onSample` may have stopped the sampler.
    if (!isStopped()) cancel = timer(next * 1000, () => void take());
  }

  return {
    history,
    get latest() {
      return latest;
    },
    get failure() {
      return failure;
    },
    start: take,
    stop() {
      stopped = true;
      cancel?.();
    },
  };
}
