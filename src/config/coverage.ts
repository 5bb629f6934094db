/** Whether an earlier rule takes all that a later one asks for, as far as their keys tell. */

import { baseName } from "../classify/go-text.ts";
import { compilePattern } from "../classify/pattern.ts";
import type { RuleSpec } from "../classify/rule.ts";

/** `with command line`: all but processes without one, which are kernel threads and zombies. */
export type Coverage = "all" | "with command line";

/** Which texts a pattern matches: any, any but the empty one, or not even that. */
export type Reach = "any" | "not empty" | "some";

/** Each is without something that a pattern may ask for: single characters, many of them, and several lines. */
const probes: readonly string[] = [
  ...Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).filter((character) => character !== " "),
  ...["é", "Я", "名", "😀", "\u0001", "-a -b", "/usr/bin/x", "A\nB", "A".repeat(10_000)],
];

/** Tries it on texts that have little in common. @param text a pattern that compiles */
export function reachOf(text: string): Reach {
  const pattern = compilePattern(text).value;
  if (pattern === undefined || !probes.every((probe) => pattern.match(probe) !== undefined)) return "some";
  return pattern.match("") === undefined ? "not empty" : "any";
}

type ReachOf = (pattern: string) => Reach;

const isWithin = (list: readonly string[] | undefined, of: readonly string[]): boolean =>
  list !== undefined && list.every((entry) => of.includes(entry));

/** A choice of patterns for a text that is never empty. */
function choiceCovers(earlier: readonly string[] | undefined, later: readonly string[] | undefined, reach: ReachOf) {
  if (earlier === undefined || isWithin(later, earlier)) return true;
  return earlier.some((pattern) => reach(pattern) !== "some");
}

function exeCovers(earlier: readonly string[] | undefined, later: readonly string[] | undefined): boolean {
  if (earlier === undefined) return true;
  const isCovered = (entry: string) =>
    earlier.includes(entry) || (entry.includes("/") && earlier.includes(baseName(entry)));
  return later?.every(isCovered) === true;
}

/** What matches it has a command line: argv[0], or what a pattern finds in it. */
function asksForCommandLine({ exe, cmdline = [] }: RuleSpec): boolean {
  return exe !== undefined || cmdline.some((pattern) => compilePattern(pattern).value?.match("") === undefined);
}

function cmdlineCoverage(earlier: readonly string[], later: RuleSpec, reach: ReachOf): Coverage | undefined {
  const asked = earlier.filter((pattern) => later.cmdline?.includes(pattern) !== true && reach(pattern) !== "any");
  if (asked.some((pattern) => reach(pattern) === "some")) return undefined;
  return asked.length === 0 || asksForCommandLine(later) ? "all" : "with command line";
}

/** How much of what `later` matches the earlier rule takes; undefined where some of it is left, or nobody can tell. */
export function coverageOf(earlier: RuleSpec, later: RuleSpec, reach: ReachOf = reachOf): Coverage | undefined {
  if (earlier.comm !== undefined && !isWithin(later.comm, earlier.comm)) return undefined;
  if (!exeCovers(earlier.exe, later.exe)) return undefined;
  if (!choiceCovers(earlier.user, later.user, reach) || !choiceCovers(earlier.cgroup, later.cgroup, reach))
    return undefined;
  // Many processes have no unit.
  if (earlier.unit !== undefined && later.unit === undefined) return undefined;
  if (!choiceCovers(earlier.unit, later.unit, reach)) return undefined;
  return cmdlineCoverage(earlier.cmdline ?? [], later, reach);
}
