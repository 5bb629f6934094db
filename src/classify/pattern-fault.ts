/** What is wrong with a regular expression and where, in the words that Go uses for it. */

import type { Fault } from "./rule.ts";

/** What the engine says: Go's name of the error and, for most, the piece of the pattern that it stumbled over. */
export interface PatternError {
  readonly error?: string | undefined;
  readonly input?: string | null | undefined;
}

/** Pieces of a pattern within which a parenthesis groups nothing: escapes and classes; else single characters. */
const pieces = /\\.|\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]?|./gsu;

const aroundStart = /^\(\?<?[=!]/;
const backreference = /^(?:\\[1-9]|\\k|\(\?P=)/;

/** Where the outermost parenthesis that nothing closes is. */
function findOpen(pattern: string): number | undefined {
  const open: number[] = [];
  for (const { 0: piece, index } of pattern.matchAll(pieces)) {
    if (piece === "(") open.push(index);
    if (piece === ")") open.pop();
  }
  return open[0];
}

/**
 * The length of the shortest beginning of the pattern that fails in the same way. The parser goes from left to right,
 * so that each longer one fails so too, and the search can halve.
 */
function findEnd(pattern: string, failsSo: (beginning: string) => boolean): number {
  let passes = 0;
  let fails = pattern.length;
  while (fails - passes > 1) {
    const middle = (passes + fails) >> 1;
    if (failsSo(pattern.slice(0, middle))) fails = middle;
    else passes = middle;
  }
  return fails;
}

function locate(
  pattern: string,
  { error, input }: PatternError,
  errorOf: (pattern: string) => PatternError | undefined,
): number | undefined {
  if (error === "missing closing )") return findOpen(pattern);
  if (error === "trailing backslash at end of expression") return pattern.length - 1;
  // Its piece is the whole pattern, so that beginnings differ in it.
  if (error === "unexpected )") return findEnd(pattern, (beginning) => errorOf(beginning)?.error === error) - 1;
  if (typeof input !== "string") return undefined;
  const end = findEnd(pattern, (beginning) => {
    const other = errorOf(beginning);
    return other?.error === error && other?.input === input;
  });
  return Math.max(0, end - input.length);
}

function wantOf(piece: string): string {
  if (aroundStart.test(piece)) return "no look-ahead or look-behind, which an engine without backtracking cannot do";
  if (backreference.test(piece)) return "no backreference, which an engine without backtracking cannot do";
  return "a regular expression in Go's syntax";
}

/**
 * Describes why a pattern does not compile.
 *
 * @param errorOf compiles another pattern and gives what is wrong with it
 */
export function describeFault(
  pattern: string,
  error: PatternError,
  errorOf: (pattern: string) => PatternError | undefined,
): Fault {
  const at = locate(pattern, error, errorOf);
  const { error: name = "invalid pattern" } = error;
  const piece = error.input ?? "";
  const got = piece === "" || piece === pattern ? name : `${name}: ${piece}`;
  return { want: wantOf(at === undefined ? piece : pattern.slice(at)), got, ...(at === undefined ? {} : { at }) };
}
