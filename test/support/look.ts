/** A look at groups, for tests of what people are shown. */

import type { GroupDetails, Look } from "../../src/live/live.ts";
import type { Plot } from "../../src/live/history.ts";
import { liveViewOf } from "./live-groups.ts";
import type { LiveView } from "../../src/live/view.ts";

export interface FakeLook extends Partial<LiveView> {
  /** The same for each group. */
  readonly plot?: Plot;
  readonly details?: Partial<GroupDetails>;
}

export function fakeLook({ plot = new Map(), details = {}, ...view }: FakeLook = {}): Look {
  return {
    view: liveViewOf([], { hostname: "web-1", cpus: 4, sampledAt: 1000, conditions: [], ...view }),
    nextAt: 1005,
    plotOf: () => plot,
    detailsOf: () => ({ members: [], exits: new Map([[0, 0]]), recentExits: [], ...details }),
  };
}

/** Text of HTML as a reader sees it. */
export const readableText = (html: string): string =>
  html
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ")
    .trim();
