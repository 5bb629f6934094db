import { expect, test } from "@jest/globals";
import { ownLabels, targetLabels } from "../../src/classify/label.ts";
import { labelName } from "../../src/config/label-name.ts";
import { issuesOf } from "../support/issues.ts";

test.each(["a", "team", "_x", "A_1", "group_name", "Job", "instances", "x__y", "a".repeat(1000)])(
  "%s may be the name of a label",
  (name) => {
    expect(issuesOf(labelName, name)).toEqual([]);
  },
);

test.each(["", "__a", "__", "a-b", "1a", "a b", "a.b", "é", "a\n", "{}", "le "])("%j may not", (name) => {
  expect(issuesOf(labelName, name)).toContain(
    ": a label name: letters, digits and _, without a digit or __ at its beginning",
  );
});

test("the labels that the exporter sets itself may not", () => {
  expect(ownLabels).toEqual([
    ..."groupname kind mode reason code state threadname le namespace pod container by memtype ctxswitchtype iomode".split(
      " ",
    ),
  ]);
  for (const name of ownLabels) {
    expect(issuesOf(labelName, name)).toEqual([
      ": a label name that the exporter does not use itself (groupname, kind, mode, reason, code, state, threadname, le, namespace, pod, container, by, memtype, ctxswitchtype, iomode)",
    ]);
  }
});

test("the labels that Prometheus gives to targets may not", () => {
  expect(targetLabels).toEqual(["job", "instance"]);
  for (const name of targetLabels) {
    expect(issuesOf(labelName, name)).toEqual([
      ": a label name that Prometheus does not give to targets itself (job, instance)",
    ]);
  }
});
