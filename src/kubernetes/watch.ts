/**
 * Knows the pods of this node: lists them, watches them, and tries again after any failure, with longer pauses while failures
 * repeat. Names that are known stay known meanwhile. No answer of a server can end the watch.
 */

import type { Clock } from "../base/clock.ts";
import type { ExporterError } from "../base/errors.ts";
import { systemTimer, type Timer } from "../base/timer.ts";
import { createApiClient } from "./api-client.ts";
import { urlOf, type ApiServer } from "./api-server.ts";
import { troubleOf, type Failure, type FailureCode } from "./failure.ts";
import { createPodIndex, type ChosenLabels } from "./pod-index.ts";
import type { PodNames } from "./pod-names.ts";
import { createPodSource } from "./pod-source.ts";

export interface PodWatch {
  readonly names: PodNames;
  /** True while the names are current: the pods have been listed and the watch is open. */
  readonly up: boolean;
  /** Number of failures since the start, by code. */
  readonly errors: ReadonlyMap<string, number>;
  /** Starts, once. Resolves when the first list has succeeded or failed, or after 2 s. Never rejects. */
  start(): Promise<void>;
  stop(): void;
  /** Replaces the chosen labels. */
  configure(podLabels: ChosenLabels): void;
}

export interface PodWatchOptions {
  readonly api: ApiServer;
  readonly nodeName: string;
  /** The chosen labels until the first `configure`. */
  readonly podLabels: ChosenLabels;
  /** Called for the first failure after the names were current, or after the start; not again before `onRecovered`. */
  readonly onTrouble: (error: ExporterError) => void;
  readonly onRecovered: () => void;
  readonly clock: Clock;
  readonly timer?: Timer;
  /** From 0 to below 1. */
  readonly random?: () => number;
}

/** How long `start` waits for the first list. */
const patienceMs = 2000;

/** The longest pause after the first failure. It doubles with each further failure, up to `maxBackoffMs`. */
const minBackoffMs = 1000;
const maxBackoffMs = 60_000;

export function createPodWatch(options: PodWatchOptions): PodWatch {
  const { api, nodeName, clock, timer = systemTimer, random = Math.random } = options;
  const nowMs = (): number => clock.monotonicUs() / 1000;
  const errors = new Map<string, number>();
  const index = createPodIndex(nowMs);
  const client = createApiClient(api, timer);
  let chosen = options.podLabels;
  let running = false;
  let up = false;
  let troubled = false;
  /** Failures since the last progress of a watch. */
  let failures = 0;
  /** True if the last request was a list, or if there was none. */
  let isAfterList = true;
  let endPause = (): void => undefined;

  const source = createPodSource({
    client,
    index,
    nodeName,
    nowMs,
    random,
    onSkipped: count,
    onOpen: mend,
    onProgress: () => (failures = 0),
  });

  function count(code: FailureCode): void {
    errors.set(code, (errors.get(code) ?? 0) + 1);
  }

  function mend(): void {
    up = true;
    if (troubled) options.onRecovered();
    troubled = false;
  }

  function complain(failure: Failure): void {
    if (!troubled) options.onTrouble(troubleOf(failure, `${urlOf(api)}, pods of node ${nodeName}`));
    troubled = true;
  }

  async function recover(failure: Failure): Promise<void> {
    count(failure.code);
    up = false;
    // The server works, but does not have the events since the last watch any more. The next list has the current pods.
    if (failure.code === "gone" && !isAfterList) return;
    failures++;
    complain(failure);
    await pause(failure);
  }

  /** Waits before the next request. The time is random from 0 to the longest, so that not all nodes of a cluster ask at once. */
  async function pause({ retryAfterMs = 0 }: Failure): Promise<void> {
    const longestMs = Math.min(maxBackoffMs, minBackoffMs * 2 ** (failures - 1));
    await new Promise<void>((resolve) => {
      const cancel = timer(retryAfterMs + random() * longestMs, resolve);
      endPause = () => {
        cancel();
        resolve();
      };
    });
  }

  async function run(onFirst: () => void): Promise<void> {
    while (running) {
      const isList = !source.isListed;
      const failure = await (isList ? source.list() : source.follow());
      onFirst();
      // A request that `stop` has aborted is no failure.
      if (failure !== undefined && isRunning()) await recover(failure);
      isAfterList = isList;
    }
  }

  /** A function, because TypeScript does not know that `stop` may set `running` during an `await`. */
  const isRunning = (): boolean => running;

  return {
    names: {
      ofContainer: (id) => index.ofContainer(id, chosen),
      ofPod: (uid) => index.ofPod(uid, chosen),
      isGone: (namespace, pod) => up && !index.has(namespace, pod),
      get pods() {
        return index.pods;
      },
    },
    get up() {
      return up;
    },
    errors,
    start() {
      running = true;
      return new Promise((resolve) => {
        const cancel = timer(patienceMs, resolve);
        void run(() => {
          cancel();
          resolve();
        });
      });
    },
    stop() {
      running = false;
      up = false;
      client.abort();
      endPause();
    },
    configure(podLabels) {
      chosen = podLabels;
    },
  };
}
