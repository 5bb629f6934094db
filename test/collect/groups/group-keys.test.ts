import { describe, expect, test } from "@jest/globals";
import type { GroupLabels } from "../../../src/classify/classifier.ts";
import { awaitingKey, keyOf } from "../../../src/collect/groups/group-keys.ts";
import { fc } from "../../support/properties.ts";

const container = (key: string) => ({ key, labels: undefined, interim: undefined });

describe("the key of a group's labels", () => {
  test("is its name where it has no other label", () => {
    expect([keyOf({ groupname: "web" }), keyOf({})]).toEqual(["web", ""]);
  });

  test("does not depend on the order of the labels", () => {
    expect(keyOf({ groupname: "a", team: "x", zone: "1" })).toBe(keyOf({ zone: "1", team: "x", groupname: "a" }));
  });

  test("leaves out an empty label, as Prometheus does", () => {
    expect(keyOf({ groupname: "a", team: "" })).toBe("a");
    expect(keyOf({ groupname: "a", team: "", zone: "1" })).toBe(keyOf({ groupname: "a", zone: "1" }));
  });

  test("is not that of a name that looks like it", () => {
    const key = keyOf({ groupname: "a", team: "x" });
    expect(keyOf({ groupname: key.slice(1) })).not.toBe(key);
  });

  test("is the same for equal labels alone, whatever texts they hold", () => {
    const anyText = fc.constantFrom("", "a", "b", '"', ",", "]", "\\", '["a"]', "x,y");
    const anyLabels: fc.Arbitrary<GroupLabels> = fc.record(
      { groupname: anyText, team: anyText, zone: anyText },
      { requiredKeys: ["groupname"] },
    );
    const normalize = (labels: GroupLabels) =>
      Object.fromEntries(Object.entries(labels).filter(([name, text]) => name === "groupname" || text !== ""));
    fc.assert(
      fc.property(anyLabels, anyLabels, (one, other) => {
        const same = JSON.stringify(Object.entries(normalize(one)).sort());
        expect(keyOf(one) === keyOf(other)).toBe(same === JSON.stringify(Object.entries(normalize(other)).sort()));
      }),
    );
  });
});

test("the key of a group that waits for its container's name differs by container and by labels, and is no key of labels", () => {
  const [web, jobs] = [{ groupname: "web" }, { groupname: "jobs", team: "x" }];
  const keys = [
    keyOf(web),
    keyOf(jobs),
    awaitingKey(web, container("1")),
    awaitingKey(web, container("2")),
    awaitingKey(jobs, container("1")),
  ];
  expect(new Set(keys).size).toBe(keys.length);
  expect(awaitingKey(web, container("1"))).toBe(awaitingKey({ groupname: "web" }, container("1")));
});
