/**
 * The watch of this node's pods: lists them, watches, and begins again after whatever goes wrong, the slower the longer it
 * does. Names that were known stay known meanwhile. Nothing that a server answers ends it.
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
  /** Names are current: the list succeeded and the watch is open. */
  readonly up: boolean;
  /** Failures by code, since the start. */
  readonly errors: ReadonlyMap<string, number>;
  /** Resolves after the first list succeeded or failed, or after a patience of 2 s; never rejects. To be called once. */
  start(): Promise<void>;
  stop(): void;
  /** Chooses other labels of pods for the names from now on. */
  configure(podLabels: ChosenLabels): void;
}

export interface PodWatchOptions {
  readonly api: ApiServer;
  readonly nodeName: string;
  /** Labels of pods by the label of the series that shows them. */
  readonly podLabels: ChosenLabels;
  /** Told once when names cease to be current, and not again before `onMended`. */
  readonly onTrouble: (error: ExporterError) => void;
  readonly onMended: () => void;
  readonly clock: Clock;
  readonly timer?: Timer;
  /** From 0 to below 1. */
  readonly random?: () => number;
}

const patienceMs = 2000;

/** The longest wait after the first failure; it doubles with each that follows, up to `maxBackoffMs`. */
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
  /** Failures since a watch last did what it should. */
  let failures = 0;
  /** The request before was a list, or there was none. */
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
    if (troubled) options.onMended();
    troubled = false;
  }

  function complain(failure: Failure): void {
    if (!troubled) options.onTrouble(troubleOf(failure, `${urlOf(api)}, pods of node ${nodeName}`));
    troubled = true;
  }

  async function recover(failure: Failure): Promise<void> {
    count(failure.code);
    up = false;
    // The server answers, and has only forgotten what happened since an older watch: the list that comes next says it.
    if (failure.code === "gone" && !isAfterList) return;
    failures++;
    complain(failure);
    await pause(failure);
  }

  /** Random over the whole of the time, so that the nodes of a cluster do not come back together. */
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
      // What `stop` interrupted has not failed.
      if (failure !== undefined && isRunning()) await recover(failure);
      isAfterList = isList;
    }
  }

  /** Asked anew after each wait: `stop` may have come meanwhile. */
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
