import { describe, expect, test } from "@jest/globals";
import { parseView } from "../../../src/commands/top/parse-view.ts";
import { groupViewOf, liveViewOf } from "../../support/live-groups.ts";
import { fc } from "../../support/properties.ts";

const view = liveViewOf([groupViewOf("job", { run: 1, waits: { blkio: 2.5 }, exits: 3, failed: 1 })], {
  privileges: "few",
  conditions: [{ level: "bad", subject: "s", text: "t", remedy: "r" }],
});

/** The text of the view with another value at a place. */
const withValue = (change: (json: Record<string, unknown>) => void): string => {
  const json = JSON.parse(JSON.stringify(view)) as Record<string, unknown>;
  change(json);
  return JSON.stringify(json);
};

test("a view comes out as it went in, also one without rates", () => {
  expect(parseView(JSON.stringify(view))).toEqual(view);
  const first = liveViewOf([], { span: undefined });
  expect(parseView(JSON.stringify(first))).toEqual(first);
});

test("what another version adds is left out", () => {
  const text = withValue((json) => {
    json["more"] = 1;
    (json["groups"] as Record<string, unknown>[])[0] = {
      ...groupViewOf("job", { waits: {} }),
      waits: { newest: 1, cpu: 2 },
    };
  });
  expect(parseView(text)).toEqual({ ...view, groups: [groupViewOf("job", { waits: { cpu: 2 } })] });
});

describe("a text that is no view is answered with what is wrong", () => {
  const examples: readonly (readonly [text: string, mistake: string])[] = [
    ["", "the answer is no JSON"],
    ["<html>", "the answer is no JSON"],
    ["null", "the answer is not an object"],
    ["[]", "the answer is not an object"],
    ["{}", "version is not a text"],
    [withValue((json) => (json["groups"] = {})), "groups is not a list"],
    [withValue((json) => (json["groups"] = [{}])), "groups[0].labels is not an object"],
    [withValue((json) => (json["span"] = -1)), "span is not a number from 0 on"],
    [withValue((json) => (json["cpus"] = "2")), "cpus is not a number from 0 on"],
    [
      withValue((json) => (json["conditions"] = [{ level: "odd" }])),
      "conditions[0].level is not good or warning or bad",
    ],
    [
      withValue((json) => (json["groups"] = [{ ...groupViewOf("a"), waits: { cpu: null } }])),
      "groups[0].waits.cpu is not a number from 0 on",
    ],
    [
      withValue((json) => (json["groups"] = [{ ...groupViewOf("a"), labels: { a: 1 } }])),
      "groups[0].labels.a is not a text",
    ],
  ];
  test.each(examples)("%s", (text, mistake) => {
    expect(parseView(text)).toEqual({ mistake });
  });

  test("whatever JSON it is", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(parseView(text)).toEqual({ mistake: expect.any(String) });
      }),
    );
  });
});
