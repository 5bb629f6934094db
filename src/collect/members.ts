/** Which processes are in which group, and why. */

import type { Account } from "../account/account.ts";
import type { Process } from "./process.ts";

export interface Member {
  readonly tgid: number;
  readonly comm: string;
  /** How its group was found, for people. */
  readonly reason: string;
}

function formatReason({ place }: Process): string {
  if (place === undefined) return "not known yet";
  if (place.inherited) return "its parent's group, since no rule matches";
  if (place.missing !== undefined) return `nobody saw its ${place.missing}`;
  return place.rule === undefined ? "its command" : `rule ${place.rule + 1}`;
}

export function listMembers(processes: Iterable<Process>): ReadonlyMap<Account, readonly Member[]> {
  const members = new Map<Account, Member[]>();
  for (const process of processes) {
    const list = members.get(process.group.account) ?? [];
    members.set(process.group.account, list);
    list.push({ tgid: process.tgid, comm: process.identity?.comm ?? "", reason: formatReason(process) });
  }
  return members;
}
