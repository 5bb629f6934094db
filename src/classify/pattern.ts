/**
 * Compiles the regular expressions of the configuration. They have Go's syntax, and the engine never backtracks: a match takes
 * linear time, although any user of the host may choose the command line that is matched.
 * Source: https://pkg.go.dev/regexp/syntax.
 */

import { RE2JS, RE2JSException, RE2JSSyntaxException } from "re2js";
import { describeFault, type PatternError } from "./pattern-fault.ts";
import type { Compiled } from "./rule.ts";

/** What named groups matched, by name; empty for a group that took no part, as in Go. For the name "" see `PatternOptions`. */
export type Captures = ReadonlyMap<string, string>;

export interface Pattern {
  /** Names of the named groups in the pattern. */
  readonly groups: readonly string[];
  /** Looks for the pattern anywhere in the text. */
  match(text: string): Captures | undefined;
}

export interface PatternOptions {
  /**
   * Adds a capture with the name "": the last group without a name, or the whole match where all groups have names.
   * process-exporter does the same, since Go gives the name "" to the whole match and to each unnamed group after it.
   */
  readonly unnamed?: boolean;
}

/** The captures of a match without named groups. */
export const noCaptures: Captures = new Map();

/** The compiled expression, or the error that the engine reports. */
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
  const reported: NumberedGroup[] = unnamed ? [["", lastUnnamed(expression, named)], ...named] : named;
  // Without groups to report, the engine's automaton decides alone: 0.9 us instead of 4 us.
  if (reported.length === 0)
    return { value: { groups, match: (input) => (expression.test(input) ? noCaptures : undefined) } };
  return { value: { groups, match: (input) => capturesOf(expression.exec(input), reported) } };
}

type NumberedGroup = readonly [name: string, group: number];

/** Number of the last group without a name; 0 (the whole match) where all groups have names. */
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
