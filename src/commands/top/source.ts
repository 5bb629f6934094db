/** Where `top` has its views from: types only. */

import type { LiveView } from "../../live/view.ts";

export interface ViewSource {
  /** Where the figures come from, in words. */
  readonly origin: string;
  /**
   * Waits for a view that has not been given before; at the first call the one that is there is new. While there is no newer sample,
   * the view may come again with a condition that says why.
   *
   * @throws ExporterError
   */
  next(): Promise<LiveView>;
  /** `next` may then never answer. */
  stop(): void;
}
