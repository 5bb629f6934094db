/** Follows the pods of this node, as the rest of the program sees it. */

import type { PodNames } from "./pod-names.ts";
export interface PodWatch {
  readonly names: PodNames;
  /** Names are current: the list succeeded and the watch is open. */
  readonly up: boolean;
  /** Failures by code, since the start. */
  readonly errors: ReadonlyMap<string, number>;
  configure(podLabels: ReadonlyMap<string, string>): void;
  start(): Promise<void>;
  stop(): void;
}
