import { expect, test } from "@jest/globals";
import { commandClassifier, overflowGroup, unidentifiedGroup } from "../../src/classify/classifier.ts";
import { forget, known } from "../support/rules.ts";

test("the classifier without configuration puts a process into the group of its command name", () => {
  expect(commandClassifier.classify({ ...known, comm: "nginx" })).toEqual({
    kind: "group",
    labels: { groupname: "nginx" },
    rule: undefined,
  });
});

test("it decides by the command name alone, so that no other fact need be read", () => {
  const nothing = forget(known, ["argv", "cgroups", "user", "effectiveUser", "startTime"]);
  expect(commandClassifier.classify(nothing)).toEqual(commandClassifier.classify(known));
  expect([...commandClassifier.needs]).toEqual([]);
});

test("it puts a process without a command name into the group unidentified", () => {
  expect(commandClassifier.classify({ ...known, comm: "" })).toMatchObject({ labels: { groupname: "unidentified" } });
});

test("it takes a command name as it is, spaces and slashes included", () => {
  for (const comm of [" ", "a/b", "(sd-pam)", "__proto__"]) {
    expect(commandClassifier.classify({ ...known, comm })).toMatchObject({ labels: { groupname: comm } });
  }
});

test("it declares no group before a process is there", () => {
  expect(commandClassifier.declared).toEqual([]);
});

test("the names of the special groups are what queries and dashboards ask for", () => {
  expect([unidentifiedGroup, overflowGroup]).toEqual(["unidentified", "other"]);
});
