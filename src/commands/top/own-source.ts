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

interface Waiting {
  readonly resolve: (view: LiveView) => void;
  readonly reject: (error: unknown) => void;
}

/** Begins when `next` is called for the first time. */
export function createOwnSource({ exporter, version, origin, seconds }: OwnOptions): ViewSource {
  let waiting: Waiting | undefined;
  let started = false;
  /** The view that nobody has waited for yet. */
  let unseen: LiveView | undefined;

  function tell(error?: unknown): void {
    const view = live.look()?.view;
    const { resolve, reject } = waiting ?? {};
    waiting = undefined;
    if (view === undefined) reject?.(error);
    else if (resolve === undefined) unseen = view;
    else resolve(view);
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
      const view = unseen;
      unseen = undefined;
      return view ?? new Promise((resolve, reject) => (waiting = { resolve, reject }));
    },
    stop() {
      live.stop();
      exporter.stop();
    },
  };
}
