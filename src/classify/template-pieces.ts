/** Cuts a template into plain text and actions. Trim markers (`{{-`, `-}}`) are applied, and comments are left out. */

import type { Compiled } from "./rule.ts";

/** The text between `{{` and `}}`, without the spaces around it. */
export interface ActionText {
  readonly text: string;
  /** Index in the template where the text begins. */
  readonly at: number;
}

const trimLeft = /^\{\{-[ \t\r\n]/;
const trimRight = /[ \t\r\n]-$/;
const spaceAtStart = /^[ \t\r\n]+/;
const spaceAtEnd = /[ \t\r\n]+$/;
/** As in Go, nothing may stand between a comment and its delimiters, not even a space. */
const comment = /^\/\*.*\*\/$/s;

interface Delimited {
  /** The text between the delimiters, without trim markers. */
  readonly body: string;
  readonly trimsBefore: boolean;
  readonly trimsAfter: boolean;
  /** Index where the body begins. */
  readonly at: number;
  /** Index of the first character after `}}`. */
  readonly end: number;
}

/** Finds the closing braces. A comment may hold braces, so they are looked for after the end of the comment. */
function findClose(text: string, start: number): number {
  if (!text.startsWith("/*", start)) return text.indexOf("}}", start);
  const end = text.indexOf("*/", start + 2);
  return end < 0 ? -1 : text.indexOf("}}", end);
}

/** @param open index of `{{` */
function delimitedAt(text: string, open: number): Delimited | undefined {
  const trimsBefore = trimLeft.test(text.slice(open, open + 4));
  const at = open + (trimsBefore ? 4 : 2);
  const close = findClose(text, at);
  if (close < 0) return undefined;
  const inner = text.slice(at, close);
  const trimsAfter = trimRight.test(inner);
  return { body: trimsAfter ? inner.slice(0, -2) : inner, trimsBefore, trimsAfter, at, end: close + 2 };
}

function actionOf({ body, at }: Delimited): ActionText {
  const lead = spaceAtStart.exec(body)?.[0].length ?? 0;
  return { text: body.slice(lead).replace(spaceAtEnd, ""), at: at + lead };
}

function trim(text: string, start: boolean, end: boolean): string {
  const begun = start ? text.replace(spaceAtStart, "") : text;
  return end ? begun.replace(spaceAtEnd, "") : begun;
}

/** Cuts a template into pieces. A `{{` without its `}}` is a fault. */
export function splitTemplate(text: string): Compiled<readonly (string | ActionText)[]> {
  const pieces: (string | ActionText)[] = [];
  let at = 0;
  let trims = false;
  for (let open = text.indexOf("{{"); open >= 0; open = text.indexOf("{{", at)) {
    const found = delimitedAt(text, open);
    if (found === undefined) return { fault: { want: "}} after {{", got: text.slice(open), at: open } };
    pieces.push(trim(text.slice(at, open), trims, found.trimsBefore));
    if (!comment.test(found.body)) pieces.push(actionOf(found));
    at = found.end;
    trims = found.trimsAfter;
  }
  pieces.push(trim(text.slice(at), trims, false));
  return { value: pieces.filter((piece) => piece !== "") };
}
