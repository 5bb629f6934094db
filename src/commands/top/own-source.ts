/** The views of a collection of this process, for where no exporter runs. */

import type { Exporter } from "../../exporter.ts";
import type { LiveView } from "../../live/view.ts";
import { createLive } from "../live.ts";
import type { ViewSource } from "./source.ts";

/** A person waits for the samples: they may take more of a CPU than those of an exporter. */
const mostShare = 1 / 4;

export interface OwnOptions {
  readonly exporter: Pick<Exporter, "start" | "sample" | "status" | "listMembers" | "stop">;
  readonly version: string;
  readonly origin: string;
  /** Seconds between two samples. */
  readonly seconds: number;
}

/** A view, or why there is none. */
type Outcome = { readonly view: LiveView } | { readonly error: unknown };

/** Begins when `next` is called for the first time. */
export function createOwnSource({ exporter, version, origin, seconds }: OwnOptions): ViewSource {
  let waiting: ((outcome: Outcome) => void) | undefined;
  /** What nobody has waited for yet. */
  let unseen: Outcome | undefined;
  let started = false;

  function tell(error?: unknown): void {
    const view = live.look()?.view;
    const outcome = view === undefined ? { error } : { view };
    if (waiting === undefined) unseen = outcome;
    else waiting(outcome);
    waiting = undefined;
  }

  const live = createLive(exporter, { version, seconds, mostShare, onSample: tell, onError: tell });

  async function start(): Promise<void> {
    started = true;
    await exporter.start();
    void live.start();
  }

  return {
    origin,
    async next() {
      if (!started) await start();
      const outcome = unseen ?? (await new Promise<Outcome>((resolve) => (waiting = resolve)));
      unseen = undefined;
      if ("error" in outcome) throw outcome.error;
      return outcome.view;
    },
    stop() {
      live.stop();
      exporter.stop();
    },
  };
}
