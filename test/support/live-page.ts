/** Reads the live page in a browser, and waits for what it must show. The scripts here run in the page. */

import type { Page } from "playwright-core";
import { setTimeout as pause } from "node:timers/promises";
import { activityLooks, type Activity } from "../../src/fields/activities.ts";

/** One part of a group's bar. */
export interface Segment {
  readonly kind: Activity;
  /** How much of the longest bar it takes, from 0 to 1. */
  readonly share: number;
  /** As the browser paints it: `rgb(230, 159, 0)`. */
  readonly colour: string;
}

export interface Row {
  readonly name: string;
  readonly segments: readonly Segment[];
  readonly processes: number;
  /** The text that tells of failed exits, and its colour; undefined where there is none. */
  readonly failed: { readonly text: string; readonly colour: string } | undefined;
}

const rowsScript = `[...document.querySelectorAll(".groups tbody tr")].map((row) => {
  const failed = row.querySelector(".failed");
  return {
    name: row.querySelector("th").textContent,
    segments: [...row.querySelectorAll(".bar rect")].map((rect) => ({
      kind: rect.getAttribute("class"),
      share: rect.width.baseVal.value / rect.ownerSVGElement.viewBox.baseVal.width,
      colour: getComputedStyle(rect).fill,
    })),
    processes: Number(row.querySelector(".processes").textContent),
    failed: failed === null ? undefined : { text: failed.textContent, colour: getComputedStyle(failed).color },
  };
})`;

/** The rows of the groups, from top to bottom. */
export const readRows = (page: Page): Promise<readonly Row[]> => page.evaluate<readonly Row[]>(rowsScript);

/** The widest part of a row's bar; undefined where it is empty. */
export const largestSegment = ({ segments }: Row): Segment | undefined =>
  [...segments].sort((one, other) => other.share - one.share)[0];

/** The colour of an activity, as a browser writes it. */
export function paintedColour(kind: Activity): string {
  const channels = [1, 3, 5].map((at) => Number.parseInt(activityLooks[kind].colour.slice(at, at + 2), 16));
  return `rgb(${channels.join(", ")})`;
}

/** True of a colour that is clearly red, on light and on dark ground. */
export function isRed(colour: string): boolean {
  const [red = 0, green = 0, blue = 0] = (/\d+, \d+, \d+/.exec(colour)?.[0] ?? "").split(", ").map(Number);
  return red > 150 && red > 1.5 * green && red > 1.5 * blue;
}

/** Only what never happens takes so long, on a busy machine too. A test has more time, so that the error says what is waited for. */
const hangMs = 180_000;

/** Asks until the answer is as it must be. @returns that answer. @throws Error with the last answer where it never is */
export async function eventually<T>(ask: () => Promise<T>, isRight: (answer: T) => boolean): Promise<T> {
  const deadline = performance.now() + hangMs;
  for (;;) {
    const answer = await ask();
    if (isRight(answer)) return answer;
    if (performance.now() > deadline) throw new Error(`never ${isRight.toString()}: ${JSON.stringify(answer)}`);
    await pause(100);
  }
}

/** Waits until the page has replaced all that it shows. @throws Error where it was loaded anew for that */
export async function untilRefreshed(page: Page): Promise<void> {
  await page.evaluate("void (document.querySelector('#main').firstElementChild.isOld = window.isOld = true)");
  const script = "[window.isOld === true, document.querySelector('#main').firstElementChild?.isOld === true]";
  const ask = (): Promise<readonly boolean[]> => page.evaluate<readonly boolean[]>(script);
  const [isSameDocument] = await eventually(ask, ([, isOldContent]) => isOldContent === false);
  if (isSameDocument !== true) throw new Error("want a refresh of the page, got a new document");
}

/** How much wider the page is than its window, in pixels: more than 0 where it scrolls sideways. */
export const readOverhang = (page: Page): Promise<number> =>
  page.evaluate<number>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
