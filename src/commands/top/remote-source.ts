/** The views of a running exporter, asked for when its next sample is due. */

import type { Timer } from "../../base/timer.ts";
import type { LiveView } from "../../live/view.ts";
import type { askExporter, RemoteAnswer } from "./remote.ts";
import type { ViewSource } from "./source.ts";

/** How long an answer may take, in milliseconds. */
export const answerLimitMs = 5000;

/** An exporter is asked once a second at the most. */
const shortestMs = 1000;

/** A sample takes a moment after it is due. */
const lateSeconds = 0.25;

/** After so many failures one after the other it is given up. An exporter that is restarted is back by then. */
const mostFailures = 5;

/**
 * How long to wait until the next sample is there. Clocks may be wrong or be set: it is never longer than the time between two
 * samples.
 *
 * @param isNew whether the last answer had a new sample. Where it had not, the sample is late
 */
export function untilNextMs({ view: { span }, ageSeconds = 0 }: RemoteAnswer, isNew: boolean): number {
  if (span === undefined || !isNew) return shortestMs;
  const left = span + lateSeconds - Math.min(Math.max(ageSeconds, 0), span);
  return Math.max(shortestMs, left * 1000);
}

export interface RemoteOptions {
  readonly exporter: URL;
  readonly origin: string;
  readonly ask: typeof askExporter;
  readonly timer: Timer;
  /** The answer that there is already. */
  readonly first?: RemoteAnswer | undefined;
}

export function createRemoteSource({ exporter, origin, ask, timer, first }: RemoteOptions): ViewSource {
  let latest: RemoteAnswer | undefined;
  let waitMs = 0;
  /** One after the other. */
  let failures = 0;
  let cancel: (() => void) | undefined;

  const wait = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      cancel = timer(ms, resolve);
    });

  /** The last view once more, with what is wrong. @throws the failure where nothing has been answered yet, or for too long */
  function bear(failure: unknown): LiveView {
    failures++;
    if (latest === undefined || failures === mostFailures) throw failure;
    waitMs = shortestMs;
    const { view } = latest;
    const reason = failure instanceof Error ? failure.message : String(failure);
    return { ...view, conditions: [{ level: "bad", subject: "The exporter", text: reason }, ...view.conditions] };
  }

  async function next(): Promise<LiveView> {
    for (;;) {
      if (waitMs > 0) await wait(waitMs);
      const before = latest;
      try {
        latest = before === undefined && first !== undefined ? first : await ask(exporter, answerLimitMs);
      } catch (error) {
        return bear(error);
      }
      // After a failure the same sample is new once more: it is shown without what was wrong.
      const isNew = latest.view.sampledAt !== before?.view.sampledAt || failures > 0;
      failures = 0;
      waitMs = untilNextMs(latest, isNew);
      if (isNew) return latest.view;
    }
  }

  return { origin, next, stop: () => cancel?.() };
}
