import { describe, expect, test } from "@jest/globals";
import { compileAction, type Action } from "../../src/classify/template-action.ts";
import type { ProcessFacts } from "../../src/classify/process-facts.ts";
import { known } from "../support/rules.ts";

const captures = new Map([["b", "2"], ["a", "1"]]); // prettier-ignore

function compiled(text: string): Action {
  const { value, fault } = compileAction({ text, at: 2 });
  if (fault !== undefined) throw new Error(fault.got);
  return value;
}

const show = (text: string, changes: Partial<ProcessFacts> = {}): string | undefined =>
  compiled(text).show({ ...known, ...changes }, captures);

describe("an action", () => {
  test.each([
    [".Comm", undefined, "prog"],
    [".PID", undefined, "42"],
    [".ExeBase", "argv", "prog"],
    [".ExeFull", "argv", "/usr/bin/prog"],
    [".Username", "effectiveUser", "root"],
    [".StartTime", "startTime", "2023-11-14 22:13:20 +0000 UTC"],
    [".Cgroups", "cgroups", "[/a.slice /kube/pod1]"],
    ["index .Cgroups 1", "cgroups", "/kube/pod1"],
    [".Unit", "cgroups", "a.slice"],
    [".ContainerID", "cgroups", ""],
    [".PodUID", "cgroups", ""],
  ])("%s needs the fact %s and shows %j", (text, needs, shown) => {
    expect([compiled(text).needs, show(text)]).toEqual([needs, shown]);
  });

  test.each([
    [".Matches.a", { name: "a", missing: "<no value>" }, "1"],
    [".Matches.none", { name: "none", missing: "<no value>" }, "<no value>"],
    ['index .Matches "b"', { name: "b", missing: "" }, "2"],
    ["index\t.Matches\n`none`", { name: "none", missing: "" }, ""],
    [".Matches", { name: undefined, missing: "map[]" }, "map[a:1 b:2]"],
  ])("%s shows a capture of the rule's patterns", (text, match, shown) => {
    expect([compiled(text).match, show(text)]).toEqual([match, shown]);
  });

  test("shows the command name in place of argv[0] for a process without arguments", () => {
    expect([show(".ExeBase", { argv: [], comm: "a/b" }), show(".ExeFull", { argv: [], comm: "a/b" })]).toEqual([
      "a/b",
      "a/b",
    ]);
  });

  test("with an index beyond the control groups shows nothing that could be rendered", () => {
    expect([
      show("index .Cgroups 2"),
      show("index .Cgroups 999999"),
      show("index .Cgroups 0", { cgroups: [] }),
    ]).toEqual([undefined, undefined, undefined]);
  });
});

describe("a text that is no action", () => {
  test.each([
    ["", "an empty action"],
    [".Foo", "the field .Foo"],
    [".constructor", "the field .constructor"],
    [".__proto__", "the field .__proto__"],
    ["Comm", "the function Comm"],
    ["end", "the action end"],
    ["ending", "the function ending"],
    [".Comm | len", "the pipe in {{.Comm | len}}"],
    ["index .Cgroups 01", "{{index .Cgroups 01}}"],
    ["index .Cgroups 1000000", "{{index .Cgroups 1000000}}"],
    ['index .Matches "a`', '{{index .Matches "a`}}'],
    [String.raw`index .Matches "\x61"`, String.raw`{{index .Matches "\x61"}}`],
    ["..Comm", "{{..Comm}}"],
  ])("%j is a fault at its place, which says what it is: %s", (text, got) => {
    expect(compileAction({ text, at: 7 }).fault).toMatchObject({ got, at: 7 });
  });

  test("is a fault that lists all actions", () => {
    const { fault } = compileAction({ text: "x", at: 0 });
    expect(fault?.want).toBe(
      'one of {{.Comm}}, {{.ExeBase}}, {{.ExeFull}}, {{.Username}}, {{.PID}}, {{.StartTime}}, {{.Cgroups}}, {{.Unit}}, {{.ContainerID}}, {{.PodUID}}, {{.Matches.NAME}}, {{.Matches}}, {{index .Cgroups 0}}, {{index .Matches "NAME"}}',
    );
  });
});
