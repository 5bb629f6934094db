import { expect, test } from "@jest/globals";
import { renderLanding, type LandingState } from "../../src/http/landing.ts";

const state: LandingState = {
  ...{
    version: "1.2.3",
    exitsUp: true,
    exitsDownReason: undefined,
    delayacctEnabled: true,
    execsMissed: undefined,
    falseWaits: undefined,
    privileges: undefined,
    hiddenReason: undefined,
    pods: undefined,
  },
  ...{ processes: 12, groups: 3, seconds: 5, activities: [] },
};
const namesOfPods = (pods: LandingState["pods"]): string | undefined =>
  /<th>Names of pods<\/th><td>(.*?)<\/td>/.exec(renderLanding({ ...state, pods }, "/metrics"))?.[1];

test("the landing page says where false waits are told of, how many were refused, and how to end them", () => {
  const falseWaits = { cure: "echo NO > file", refused: 7 };
  expect(renderLanding({ ...state, falseWaits }, "/metrics")).toMatch(
    /<th>Block I\/O waits<\/th><td>[^<]*7 were refused\. To end them: echo NO &gt; file<\/td>/,
  );
  expect(renderLanding(state, "/metrics")).not.toContain("Block I/O waits");
});

test("the landing page says whether names of pods are current, and nothing of them where none are asked for", () => {
  expect(namesOfPods({ current: true, count: 30 })).toBe("30, current");
  expect(namesOfPods({ current: false, count: 30 })).toMatch(/^30, not current: new containers are shown by their ids/);
  expect(namesOfPods(undefined)).toBeUndefined();
});

test("the landing page says how many short programs were missed for want of a capability, and what mends it", () => {
  const row = (execsMissed: number | undefined): string | undefined =>
    /<th>Short programs<\/th><td>(.*?)<\/td>/.exec(renderLanding({ ...state, execsMissed }, "/metrics"))?.[1];
  expect(row(7)).toMatch(/^7 ended before they could be read.*CAP_SYS_NICE.*setcap.*AmbientCapabilities.*SYS_NICE\]/);
  expect([row(0), row(undefined)]).toEqual([undefined, undefined]);
});
