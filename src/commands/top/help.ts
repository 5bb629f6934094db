/** The help of `top`: its keys, and what the columns, letters and colours mean. Pure. */

import { activities, activityLooks } from "../../fields/activities.ts";
import { sortKeys } from "../../live/view.ts";
import { cutText } from "../../terminal/fit.ts";
import { paintGround, type ColourDepth } from "../../terminal/rgb.ts";
import { letters } from "./letters.ts";

const keys = [
  ["q", "quit"],
  ["s S, right left", "sort by the next or the previous key"],
  ["up down, page up, page down", "move in the table"],
  ["/", "show only groups with a text in their names; Esc shows all"],
  ["p", "pause, and go on"],
  ["h", "this help, and back"],
] as const;

/** @param width columns of the terminal */
export function renderHelp({ width, depth }: { readonly width: number; readonly depth: ColourDepth }): string[] {
  const wide = Math.max(...keys.map(([key]) => key.length));
  const legend = activities.map((kind) => {
    const { words, colour } = activityLooks[kind];
    const words2 = cutText(` ${words}`, width - 2);
    return (depth === 0 ? `${letters[kind]} ` : paintGround("  ", colour, depth)) + words2;
  });
  return [
    ...keys.map(([key, does]) => cutText(`${key.padEnd(wide)}  ${does}`, width)),
    "",
    ...legend,
    "",
    cutText("RUN and WAIT: threads that run, or wait, at a time on average. Ended processes are included.", width),
    cutText(`Sort keys: ${sortKeys.join(" ")}`, width),
  ];
}
