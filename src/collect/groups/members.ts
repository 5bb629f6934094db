/** Lists which processes are in which group, and why, for people. */

import type { Account } from "../../account/account.ts";
import type { Missing } from "../attribution.ts";
import type { GroupAssignment } from "./group-resolver.ts";
import type { Process } from "./process.ts";

export interface Member {
  readonly tgid: number;
  readonly comm: string;
  /** How its group was found, in words. */
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

/** Describes how a group was found. @param shown true where the group is on the page */
export function describeAssignment(assignment: GroupAssignment | undefined, shown: boolean): string {
  if (assignment === undefined) return "not known yet";
  if (assignment.missing !== undefined) return `nobody has seen its ${missingWords[assignment.missing]}`;
  if (assignment.inherited) return "no rule matches: its parent's group";
  if (assignment.rule !== undefined)
    return shown ? `rule ${assignment.rule + 1}` : `rule ${assignment.rule + 1} ignores it`;
  return shown ? "its command" : "no rule matches";
}

/** The tracked processes by the account that they are billed to. */
export function listMembers(processes: Iterable<Process>): ReadonlyMap<Account, readonly Member[]> {
  const members = new Map<Account, Member[]>();
  for (const { tgid, group, facts, assignment } of processes) {
    const list = members.get(group.account) ?? [];
    members.set(group.account, list);
    list.push({ tgid, comm: facts?.comm ?? "", reason: describeAssignment(assignment, true) });
  }
  return members;
}
