/** A look at groups, for tests of what people are shown. */

import type { GroupDetails, Look } from "../../src/live/live.ts";
import type { Plot } from "../../src/live/history.ts";
import type { GroupView, LiveView } from "../../src/live/view.ts";

export function groupViewOf(groupname: string, more: Partial<GroupView> = {}): GroupView {
  return { labels: { groupname }, processes: 1, threads: 2, run: 0, waits: {}, exits: 0, failed: 0, ...more };
}

export interface FakeLook extends Partial<LiveView> {
  /** The same for each group. */
  readonly plot?: Plot;
  readonly details?: Partial<GroupDetails>;
}

export function fakeLook({ plot = new Map(), details = {}, ...view }: FakeLook = {}): Look {
  return {
    view: {
      ...{ version: "1.2.3", hostname: "web-1", cpus: 4, privileges: undefined, sampledAt: 1000, span: 5 },
      ...{ conditions: [], groups: [], ...view },
    },
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
