import { describe, expect, test } from "@jest/globals";
import { fc } from "../support/properties.ts";
import { readPodList, readWatchEvent } from "../../src/kubernetes/pod-answers.ts";
import { podOf } from "../support/pods.ts";

const metadata = { resourceVersion: "7" };

describe("a list of pods", () => {
  test("has its pods, its version, and the number of items that are not pods", () => {
    const text = JSON.stringify({ metadata, items: [podOf({ uid: "a" }), null, podOf({ uid: "b" }), {}] });
    const list = readPodList(text);
    expect(list?.pods.map(({ uid }) => uid)).toEqual(["a", "b"]);
    expect([list?.version, list?.unreadable]).toEqual(["7", 2]);
  });

  test.each([{}, { items: null }, { items: [] }])("may be empty, as in %j", (rest) => {
    expect(readPodList(JSON.stringify({ metadata, ...rest }))).toEqual({ pods: [], unreadable: 0, version: "7" });
  });

  test.each(["", "{", "null", "[]", "{}", '{"metadata":{"resourceVersion":7}}', '{"metadata":{"resourceVersion":""}}'])(
    "is not the text %j",
    (text) => {
      expect(readPodList(text)).toBeUndefined();
    },
  );
});

describe("an event of a watch", () => {
  const eventOf = (type: unknown, object: unknown) => readWatchEvent(JSON.stringify({ type, object }));

  test.each([
    ["ADDED", "present"],
    ["MODIFIED", "present"],
    ["DELETED", "deleted"],
  ])("%s has a pod that is %s, and the version", (type, kind) => {
    const pod = { ...podOf({ uid: "u" }), metadata: { ...podOf({ uid: "u" }).metadata, resourceVersion: "8" } };
    expect(eventOf(type, pod)).toMatchObject({ kind, version: "8", pod: { uid: "u" } });
  });

  test("BOOKMARK has only the version", () => {
    expect(eventOf("BOOKMARK", { metadata })).toEqual({ kind: "bookmark", version: "7" });
  });

  test.each([
    [410, "gone"],
    [403, "forbidden"],
    [500, "server_error"],
    ["410", "server_error"],
    [undefined, "server_error"],
  ])("ERROR with the status %j is the failure %s", (code, failure) => {
    expect(eventOf("ERROR", { kind: "Status", code, message: "m" })).toMatchObject({ failure: { code: failure } });
  });

  test("that is unknown still has its version", () => {
    expect(eventOf("ADDED", { metadata })).toEqual({ kind: "unreadable", version: "7" });
    expect(eventOf(["ADDED"], 7)).toEqual({ kind: "unreadable", version: undefined });
  });

  test("never throws, whatever the line", () => {
    const object = fc.oneof(fc.jsonValue(), fc.record({ metadata: fc.jsonValue(), code: fc.jsonValue() }));
    const type = fc.oneof(fc.constantFrom("ADDED", "DELETED", "BOOKMARK", "ERROR"), fc.jsonValue());
    const event = fc.record({ type, object }).map((value) => JSON.stringify(value));
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), event), (line) => {
        expect(["present", "deleted", "bookmark", "unreadable", "failure"]).toContain(readWatchEvent(line).kind);
      }),
      { numRuns: 2000 },
    );
  });
});
