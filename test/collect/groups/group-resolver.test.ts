import { describe, expect, test } from "@jest/globals";
import type { RuleSpec } from "../../../src/classify/rule.ts";
import type { Container, Containers } from "../../../src/collect/groups/containers.ts";
import { createGroupRegistry, type Group } from "../../../src/collect/groups/group-registry.ts";
import { createGroupResolver } from "../../../src/collect/groups/group-resolver.ts";
import { groupOptions } from "../../support/groups.ts";
import { classifierOf, known } from "../../support/rules.ts";

const web: readonly RuleSpec[] = [
  { comm: ["secret"], ignore: true },
  { name: "web", comm: ["prog"] },
];
const app: Container = { key: "1", labels: { pod: "web-0", container: "app" }, interim: undefined };
const other = { ...known, comm: "sh" };

/** Names the container of processes in the control group /app. */
const containers: Containers = {
  find: (cgroups) => (cgroups.includes("/app") ? app : undefined),
  settle: () => ({ named: [], moved: new Set() }),
  relabel: () => undefined,
  isGone: () => false,
  expire: () => undefined,
};

interface Options {
  readonly rules?: readonly RuleSpec[];
  readonly children?: boolean;
  readonly named?: boolean;
}

function start({ rules = web, children = true, named = false }: Options = {}) {
  const groups = createGroupRegistry(groupOptions);
  const classifier = classifierOf(rules);
  const resolver = createGroupResolver({ groups, classifier, containers: named ? containers : undefined, children });
  return { groups, resolver };
}

/** Fails where the parent's group is asked for without need. */
const noParent = (): never => {
  throw new Error("asked for the parent");
};

describe("the assignment of a process", () => {
  test("that a rule matches is the rule's, and its parent does not matter", () => {
    const { resolver } = start();
    expect(resolver.assignment(known, noParent)).toEqual({
      ruleLabels: { groupname: "web" },
      container: undefined,
      missing: undefined,
      inherited: false,
      rule: 1,
    });
  });

  test("that a rule ignores is to the hidden group", () => {
    const { groups, resolver } = start();
    const assignment = resolver.assignment({ ...known, comm: "secret" }, noParent);
    expect(assignment).toMatchObject({ ruleLabels: undefined, missing: undefined, inherited: false, rule: 0 });
    expect(resolver.groupOf(assignment)).toBe(groups.hidden);
  });

  test.each([undefined, { ...known, comm: "" }])("of which no command is known lacks that: %j", (facts) => {
    const { resolver } = start();
    const assignment = resolver.assignment(facts, noParent);
    expect(assignment).toMatchObject({ ruleLabels: undefined, missing: "comm", rule: undefined });
    expect(resolver.groupOf(assignment).labels).toEqual({ groupname: "unidentified" });
  });

  test("that lacks a fact which a rule needs names the fact and the rule", () => {
    const { resolver } = start({ rules: [...web, { name: "x", cmdline: ["x"] }] });
    const facts = { ...other, argv: undefined };
    expect(resolver.assignment(facts, noParent)).toMatchObject({ missing: "argv", rule: 2, ruleLabels: undefined });
  });
});

describe("a process that no rule matches", () => {
  test("inherits the labels of its parent's group", () => {
    const { groups, resolver } = start();
    const parent = groups.get({ groupname: "web" });
    const assignment = resolver.assignment(other, () => parent);
    expect(assignment).toMatchObject({ ruleLabels: { groupname: "web" }, inherited: true, rule: undefined });
    expect(resolver.groupOf(assignment)).toBe(parent);
  });

  test("inherits from a hidden parent that it is hidden", () => {
    const { groups, resolver } = start();
    const assignment = resolver.assignment(other, () => groups.hidden);
    expect(assignment).toMatchObject({ ruleLabels: undefined, missing: undefined, inherited: true });
    expect(resolver.groupOf(assignment)).toBe(groups.hidden);
  });

  test("is unidentified where its parent is not known", () => {
    const { resolver } = start();
    expect(resolver.assignment(other, () => undefined)).toMatchObject({ missing: "parent", inherited: false });
  });

  test("is hidden without `children`, and its parent does not matter", () => {
    const { groups, resolver } = start({ children: false });
    const assignment = resolver.assignment(other, noParent);
    expect([assignment.inherited, resolver.groupOf(assignment)]).toEqual([false, groups.hidden]);
  });
});

describe("the assignment of a command", () => {
  test("is that of any process with the name, where no rule needs more", () => {
    const { resolver } = start({ children: false });
    for (const comm of ["prog", "secret", "sh"]) {
      const assignment = resolver.assignmentOfCommand(comm);
      expect(assignment).toEqual(resolver.assignment({ ...known, comm }, noParent));
      expect(resolver.assignmentOfCommand(comm)).toBe(assignment);
    }
  });

  test.each<[string, Options, string]>([
    ["no rule matches, so that the parent decides", {}, "sh"],
    ["the name is not known", {}, ""],
    ["another rule needs a fact", { rules: [...web, { name: "x", user: ["x"] }] }, "prog"],
    ["a label shows the id of the process", { rules: [{ name: "{{.PID}}", comm: ["prog"] }] }, "prog"],
    ["series name containers", { named: true }, "prog"],
  ])("is not known where %s", (_title, options, comm) => {
    expect(start(options).resolver.assignmentOfCommand(comm)).toBeUndefined();
  });

  test("is found anew with another classifier", () => {
    const { resolver } = start();
    expect(resolver.assignmentOfCommand("prog")?.ruleLabels).toEqual({ groupname: "web" });
    resolver.configure(classifierOf([{ name: "next", comm: ["prog"] }]));
    expect(resolver.assignmentOfCommand("prog")?.ruleLabels).toEqual({ groupname: "next" });
  });
});

describe("where series name containers", () => {
  const contained = { ...known, cgroups: ["/app"] };

  test("a process gets its container's labels besides its rule's", () => {
    const { resolver } = start({ named: true });
    const group = resolver.groupOf(resolver.assignment(contained, noParent));
    expect(group.labels).toEqual({ groupname: "web", pod: "web-0", container: "app" });
  });

  test("a child gets its parent's rule labels, but its own container", () => {
    const { groups, resolver } = start({ named: true });
    const host = groups.get({ groupname: "web" });
    const group = resolver.groupOf(resolver.assignment({ ...contained, comm: "sh" }, () => host));
    expect([group.ruleLabels, group.labels["container"]]).toEqual([{ groupname: "web" }, "app"]);
    const outside = resolver.groupOf(resolver.assignment(other, () => group));
    expect(outside).toBe(host);
  });

  test("a process without known control groups is unidentified, by a rule and by its parent", () => {
    const { groups, resolver } = start({ named: true });
    const parent = (): Group => groups.get({ groupname: "web" });
    const assignments = [known, other].map((facts) => resolver.assignment({ ...facts, cgroups: undefined }, parent));
    expect(assignments.map(({ missing, inherited }) => [missing, inherited])).toEqual([
      ["cgroups", false],
      ["cgroups", false],
    ]);
  });

  test("a process that lacks a fact is unidentified in its container", () => {
    const { resolver } = start({ named: true, rules: [{ name: "x", cmdline: ["x"] }] });
    const assignment = resolver.assignment({ ...contained, argv: undefined }, noParent);
    expect(resolver.groupOf(assignment).labels).toEqual({ groupname: "unidentified", ...app.labels });
  });

  test("control groups are read though no rule asks for them, and children share only a container's", () => {
    expect([...start().resolver.needs, ...start({ named: true }).resolver.needs]).toEqual(["cgroups"]);
    const { resolver } = start({ named: true });
    expect([resolver.isSharedByChildren(["/app"]), resolver.isSharedByChildren(["/host"])]).toEqual([true, false]);
    expect(start().resolver.isSharedByChildren(["/host"])).toBe(true);
  });
});

test("another classifier decides and needs what its rules say, and control groups still where series name containers", () => {
  const { resolver } = start({ named: true });
  const next = classifierOf([{ name: "all", user: ["."] }]);
  resolver.configure(next);
  expect(resolver.classifier).toBe(next);
  expect(resolver.needs).toEqual(new Set(["user", "cgroups"]));
  expect(resolver.assignment(other, noParent).ruleLabels).toEqual({ groupname: "all" });
});
