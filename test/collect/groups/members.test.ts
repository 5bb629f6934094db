import { describe, expect, test } from "@jest/globals";
import type { GroupAssignment } from "../../../src/collect/groups/group-resolver.ts";
import { describeAssignment, listMembers } from "../../../src/collect/groups/members.ts";
import { createProcess } from "../../../src/collect/groups/process.ts";
import { createNamedGroup } from "../../support/groups.ts";
import { known } from "../../support/rules.ts";

const byCommand: GroupAssignment = {
  ruleLabels: { groupname: "prog" },
  container: undefined,
  missing: undefined,
  inherited: false,
  rule: undefined,
};

describe("the reason for an assignment", () => {
  test.each([
    { what: "that is not known", assignment: undefined, shown: true, reason: "not known yet" },
    { what: "without rules", assignment: byCommand, shown: true, reason: "its command" },
    { what: "by the first rule", assignment: { ...byCommand, rule: 0 }, shown: true, reason: "rule 1" },
    {
      what: "by a rule that ignores",
      assignment: { ...byCommand, rule: 2 },
      shown: false,
      reason: "rule 3 ignores it",
    },
    {
      what: "by the parent",
      assignment: { ...byCommand, inherited: true },
      shown: true,
      reason: "no rule matches: its parent's group",
    },
    { what: "that no rule made", assignment: byCommand, shown: false, reason: "no rule matches" },
    {
      what: "without a fact that a rule needs",
      assignment: { ...byCommand, missing: "argv" as const, rule: 0 },
      shown: true,
      reason: "nobody has seen its command line",
    },
  ])("$what is: $reason", ({ assignment, shown, reason }) => {
    expect(describeAssignment(assignment, shown)).toBe(reason);
  });
});

describe("the list of members", () => {
  test("has each process below the account of its group, in their order", () => {
    const [web, jobs] = [createNamedGroup("web"), createNamedGroup("jobs")];
    const processes = [createProcess(3, web), createProcess(1, jobs), createProcess(2, web)];
    for (const process of processes) {
      process.facts = { ...known, tgid: process.tgid, comm: `prog${process.tgid}` };
      process.assignment = byCommand;
    }
    expect([...listMembers(processes)]).toEqual([
      [
        web.account,
        [
          { tgid: 3, comm: "prog3", reason: "its command" },
          { tgid: 2, comm: "prog2", reason: "its command" },
        ],
      ],
      [jobs.account, [{ tgid: 1, comm: "prog1", reason: "its command" }]],
    ]);
  });

  test("has a process without facts, with an empty command", () => {
    const provisional = createNamedGroup("");
    expect(listMembers([createProcess(7, provisional)]).get(provisional.account)).toEqual([
      { tgid: 7, comm: "", reason: "not known yet" },
    ]);
  });

  test("joins groups that share an account, as after they were merged", () => {
    const [kept, merged] = [createNamedGroup("a"), createNamedGroup("b")];
    merged.account = kept.account;
    const members = listMembers([createProcess(1, kept), createProcess(2, merged)]);
    expect([...members.values()].map((list) => list.map(({ tgid }) => tgid))).toEqual([[1, 2]]);
  });
});
