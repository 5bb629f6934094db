/** What the threads of a group do with their time, for people: they run, or they wait. One order, one colour and one word for each, in pages, terminals and dashboards. */

import { delayKinds } from "./fields.ts";

/** Running on a CPU, and each kind of delay. */
export const activities = ["run", ...delayKinds] as const;

export type Activity = (typeof activities)[number];

export interface ActivityLook {
  /** What a thread does meanwhile, in a few words. */
  readonly words: string;
  /** A colour of the web that can be told from the others on light and dark ground, also by most who see few colours. */
  readonly colour: string;
}

export const activityLooks: Readonly<Record<Activity, ActivityLook>> = {
  run: { words: "runs on a CPU", colour: "#2f9e6e" },
  cpu: { words: "waits for a CPU", colour: "#e69f00" },
  blkio: { words: "waits for a disk", colour: "#3b82d0" },
  swapin: { words: "waits for a swapped-out page", colour: "#cc79a7" },
  freepages: { words: "reclaims memory", colour: "#d55e00" },
  thrashing: { words: "waits for an evicted page", colour: "#a05cd0" },
  compact: { words: "compacts memory", colour: "#9a7432" },
  wpcopy: { words: "copies a page", colour: "#46b3d6" },
  irq: { words: "is interrupted", colour: "#8b8f98" },
};
