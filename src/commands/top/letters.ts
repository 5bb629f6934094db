/** A letter for each activity, for terminals without colours and for eyes that cannot tell them apart. */

import type { Activity } from "../../fields/activities.ts";

export const letters: Readonly<Record<Activity, string>> = {
  run: "R",
  cpu: "C",
  blkio: "B",
  swapin: "S",
  freepages: "F",
  thrashing: "T",
  compact: "M",
  wpcopy: "W",
  irq: "I",
};
