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
  ...{ processes: 12, groups: 3, series: 99, seconds: 5, activities: [] },
};
const namesOfPods = (pods: LandingState["pods"]): string | undefined =>
  /<th>Names of pods<\/th><td>(.*?)<\/td>/.exec(renderLanding({ ...state, pods }, "/metrics"))?.[1];

test("the landing page shows how many false waits were refused, and how to stop them", () => {
  const falseWaits = { cure: "echo NO > file", refused: 7 };
  expect(renderLanding({ ...state, falseWaits }, "/metrics")).toMatch(
    /<th>Block I\/O waits<\/th><td>[^<]*7 were refused\. To end them: echo NO &gt; file<\/td>/,
  );
  expect(renderLanding(state, "/metrics")).not.toContain("Block I/O waits");
});

test("the landing page shows whether names of pods are current, and no such row if pods are not watched", () => {
  expect(namesOfPods({ current: true, count: 30 })).toBe("30, current");
  expect(namesOfPods({ current: false, count: 30 })).toMatch(/^30, not current: new containers are shown by their ids/);
  expect(namesOfPods(undefined)).toBeUndefined();
});

test("the landing page shows how many short programs were missed, and which capability is missing", () => {
  const row = (execsMissed: number | undefined): string | undefined =>
    /<th>Short programs<\/th><td>(.*?)<\/td>/.exec(renderLanding({ ...state, execsMissed }, "/metrics"))?.[1];
  expect(row(7)).toMatch(/^7 ended before they could be read.*CAP_SYS_NICE.*setcap.*AmbientCapabilities.*SYS_NICE\]/);
  expect([row(0), row(undefined)]).toEqual([undefined, undefined]);
});

test("the landing page shows how many series the last page had, once there was one", () => {
  const row = (series: number): string | undefined =>
    /<th>Series<\/th><td>(.*?)<\/td>/.exec(renderLanding({ ...state, series }, "/metrics"))?.[1];
  expect([row(4512), row(0)]).toEqual(["4512 on the last page", "not scraped yet"]);
});
