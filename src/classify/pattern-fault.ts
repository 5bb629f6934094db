/** Describes what is wrong with a regular expression, and where, with the words that Go uses. */

import type { Fault } from "./rule.ts";

/** What the engine reports: Go's name of the error and, for most errors, the piece of the pattern that is wrong. */
export interface PatternError {
  readonly error?: string | undefined;
  readonly input?: string | null | undefined;
}

/** Cuts a pattern into escapes, classes and single characters. A parenthesis in an escape or a class groups nothing. */
const pieces = /\\.|\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]?|./gsu;

const aroundStart = /^\(\?<?[=!]/;
const backreference = /^(?:\\[1-9]|\\k|\(\?P=)/;

/** Finds the outermost opening parenthesis that is never closed. */
function findOpen(pattern: string): number | undefined {
  const open: number[] = [];
  for (const { 0: piece, index } of pattern.matchAll(pieces)) {
    if (piece === "(") open.push(index);
    if (piece === ")") open.pop();
  }
  return open[0];
}

/**
 * Finds the length of the shortest beginning of the pattern that fails with the same error. The parser reads from left to right,
 * so that each longer beginning fails too; therefore a binary search is possible.
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
  // For this error the engine reports the whole pattern as the wrong piece, so that only the error can be compared.
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
 * @param errorOf compiles another pattern and returns the engine's error
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
