/** What people are shown of the groups, as the sampler found it last. */

import type { Account } from "../account/account.ts";
import { listExits, type ProcessExit } from "../account/recent-exits.ts";
import type { Plot } from "./history.ts";
import type { Sampler } from "./sampler.ts";
import { judge, judgeSamples, type ExporterStatus } from "./status.ts";
import { viewGroup, type GroupView, type LiveView } from "./view.ts";

/** A process of a group, and why it is in that group. */
export interface Member {
  readonly tgid: number;
  readonly comm: string;
  readonly reason: string;
}

/** What is shown of one group alone. */
export interface GroupDetails {
  readonly members: readonly Member[];
  /** Exited processes by wait status. */
  readonly exits: ReadonlyMap<number, number>;
  /** The last one first. */
  readonly recentExits: readonly ProcessExit[];
}

/** One look at all groups. It does not change. */
export interface Look {
  readonly view: LiveView;
  /** When the next sample is due, in seconds since 1970. */
  readonly nextAt: number;
  plotOf(group: GroupView, columns: number): Plot;
  detailsOf(group: GroupView): GroupDetails;
}

export interface LiveOptions extends Pick<LiveView, "version" | "hostname" | "cpus"> {
  readonly sampler: Pick<Sampler, "latest" | "failure" | "history">;
  /** Undefined while the exporter is not ready. */
  readonly status: () => ExporterStatus | undefined;
  readonly listMembers: () => ReadonlyMap<Account, readonly Member[]>;
}

/** @returns a function that looks; its answer is undefined while there is no sample */
export function createLook({ sampler, status, listMembers, ...machine }: LiveOptions): () => Look | undefined {
  return () => {
    const { history, latest } = sampler;
    const now = status();
    if (latest === undefined || now === undefined) return undefined;
    const accounts = new Map<GroupView, Account>();
    const groups = latest.groups.map((figures) => {
      const view = viewGroup(figures, history.ratesOf(figures.account));
      accounts.set(view, figures.account);
      return view;
    });
    const accountOf = (group: GroupView): Account => accounts.get(group) as Account;
    const { privileges } = now;
    const conditions = [...judgeSamples(sampler), ...judge(now)];
    const view = { ...machine, privileges, sampledAt: latest.at, span: history.span, conditions, groups };
    return {
      view,
      nextAt: latest.at + latest.next,
      plotOf: (group, columns) => history.plot(accountOf(group), columns),
      detailsOf(group) {
        const account = accountOf(group);
        const { exits, recentExits } = account;
        return { members: listMembers().get(account) ?? [], exits, recentExits: listExits(recentExits) };
      },
    };
  };
}
