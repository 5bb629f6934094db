/**
 * Regular expressions that a configuration holds: Go's syntax, run by an engine that never backtracks, so that no
 * command line, which anybody on the host may choose, can make a match take longer than its length allows.
 * Source: https://pkg.go.dev/regexp/syntax.
 */

import { RE2JS, RE2JSException, RE2JSSyntaxException } from "re2js";
import { describeFault, type PatternError } from "./pattern-fault.ts";
import type { Compiled } from "./rule.ts";

/** What named groups matched, by name; empty text for one that took no part, as in Go. Under "": see `PatternOptions`. */
export type Captures = ReadonlyMap<string, string>;

export interface Pattern {
  /** Names of its named groups. */
  readonly groups: readonly string[];
  /** Looks for the pattern anywhere in the text. */
  match(text: string): Captures | undefined;
}

export interface PatternOptions {
  /**
   * Whether a match tells what has no name, under the name "": the last group without one, or the whole match where every
   * group has a name. process-exporter fills its map so: Go calls the whole match, and each unnamed group after it, "".
   */
  readonly unnamed?: boolean;
}

/** Of a match without named groups. */
export const noCaptures: Captures = new Map();

/** The compiled expression, or what is wrong with it. */
function compile(text: string): RE2JS | PatternError {
  try {
    return RE2JS.compile(text);
  } catch (error) {
    if (error instanceof RE2JSSyntaxException) return error;
    if (error instanceof RE2JSException) return { error: error.message };
    throw error;
  }
}

function errorOf(text: string): PatternError | undefined {
  const compiled = compile(text);
  return compiled instanceof RE2JS ? undefined : compiled;
}

/** Compiles Go's syntax: `(?P<name>...)` is accepted; look-around and backreferences are a fault. */
export function compilePattern(text: string, { unnamed = false }: PatternOptions = {}): Compiled<Pattern> {
  const expression = compile(text);
  if (!(expression instanceof RE2JS)) return { fault: describeFault(text, expression, errorOf) };
  const named = Object.entries(expression.namedGroups());
  const groups = named.map(([name]) => name);
  const told: NumberedGroup[] = unnamed ? [["", lastUnnamed(expression, named)], ...named] : named;
  // Without groups to report, the engine's automaton alone decides: 0.9 us instead of 4.
  if (told.length === 0)
    return { value: { groups, match: (input) => (expression.test(input) ? noCaptures : undefined) } };
  return { value: { groups, match: (input) => capturesOf(expression.exec(input), told) } };
}

type NumberedGroup = readonly [name: string, group: number];

/** The last group without a name; 0, the whole match, where there is none. */
function lastUnnamed(expression: RE2JS, named: readonly NumberedGroup[]): number {
  const numbers = new Set(named.map(([, group]) => group));
  let group = expression.groupCount();
  while (group > 0 && numbers.has(group)) group--;
  return group;
}

function capturesOf(match: readonly unknown[] | null, groups: readonly NumberedGroup[]): Captures | undefined {
  if (match === null) return undefined;
  return new Map(
    groups.map(([name, group]) => {
      const value = match[group];
      return [name, typeof value === "string" ? value : ""];
    }),
  );
}
