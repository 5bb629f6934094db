/** Which processes are in which group, and why. */

import type { Account } from "../../account/account.ts";
import type { Missing } from "../attribution.ts";
import type { Place } from "./placement.ts";
import type { Process } from "./process.ts";

export interface Member {
  readonly tgid: number;
  readonly comm: string;
  /** How its group was found, for people. */
  readonly reason: string;
}

const missingWords: Readonly<Record<Missing, string>> = {
  comm: "command",
  argv: "command line",
  cgroups: "control groups",
  user: "user",
  effectiveUser: "effective user",
  startTime: "start",
  parent: "parent",
};

/** How a group was found, in words. @param shown whether the group is on the page */
export function describePlace(place: Place | undefined, shown: boolean): string {
  if (place === undefined) return "not known yet";
  if (place.missing !== undefined) return `nobody has seen its ${missingWords[place.missing]}`;
  if (place.inherited) return "no rule matches: its parent's group";
  if (place.rule !== undefined) return shown ? `rule ${place.rule + 1}` : `rule ${place.rule + 1} ignores it`;
  return shown ? "its command" : "no rule matches";
}

export function listMembers(processes: Iterable<Process>): ReadonlyMap<Account, readonly Member[]> {
  const members = new Map<Account, Member[]>();
  for (const { tgid, group, identity, place } of processes) {
    const list = members.get(group.account) ?? [];
    members.set(group.account, list);
    list.push({ tgid, comm: identity?.comm ?? "", reason: describePlace(place, true) });
  }
  return members;
}
