/** Decides whether an earlier rule matches all processes that a later rule would match. Where it is not sure, it says no. */

import { baseName } from "../classify/go-text.ts";
import { compilePattern } from "../classify/pattern.ts";
import type { RuleSpec } from "../classify/rule.ts";

/** `with command line`: all except processes without a command line, which are kernel threads and zombies. */
export type Coverage = "all" | "with command line";

/** Which texts a pattern matches: any text, any text that is not empty, or only some texts. */
export type Reach = "any" | "not empty" | "some";

/** Texts that differ in what a pattern may ask for: single characters, paths, several lines, and a very long text. */
const probes: readonly string[] = [
  ...Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).filter((character) => character !== " "),
  ...["é", "Я", "名", "😀", "\u0001", "-a -b", "/usr/bin/x", "A\nB", "A".repeat(10_000)],
];

/** Tries a pattern on all probes: a pattern that matches texts so different matches any. @param text a pattern that compiles */
export function reachOf(text: string): Reach {
  const pattern = compilePattern(text).value;
  if (pattern === undefined || !probes.every((probe) => pattern.match(probe) !== undefined)) return "some";
  return pattern.match("") === undefined ? "not empty" : "any";
}

type ReachOf = (pattern: string) => Reach;

const isWithin = (list: readonly string[] | undefined, of: readonly string[]): boolean =>
  list !== undefined && list.every((entry) => of.includes(entry));

/** For keys of which one pattern has to match, and whose text (user, unit, control group) is never empty. */
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

/** True if only processes with a command line can match: the rule asks for argv[0], or a pattern does not match "". */
function asksForCommandLine({ exe, cmdline = [] }: RuleSpec): boolean {
  return exe !== undefined || cmdline.some((pattern) => compilePattern(pattern).value?.match("") === undefined);
}

function cmdlineCoverage(earlier: readonly string[], later: RuleSpec, reach: ReachOf): Coverage | undefined {
  const asked = earlier.filter((pattern) => later.cmdline?.includes(pattern) !== true && reach(pattern) !== "any");
  if (asked.some((pattern) => reach(pattern) === "some")) return undefined;
  return asked.length === 0 || asksForCommandLine(later) ? "all" : "with command line";
}

/** How much of what `later` would match `earlier` takes; undefined if it leaves something, or if that is not sure. */
export function coverageOf(earlier: RuleSpec, later: RuleSpec, reach: ReachOf = reachOf): Coverage | undefined {
  if (earlier.comm !== undefined && !isWithin(later.comm, earlier.comm)) return undefined;
  if (!exeCovers(earlier.exe, later.exe)) return undefined;
  if (!choiceCovers(earlier.user, later.user, reach) || !choiceCovers(earlier.cgroup, later.cgroup, reach))
    return undefined;
  // A rule without `unit` also matches processes that have no unit.
  if (earlier.unit !== undefined && later.unit === undefined) return undefined;
  if (!choiceCovers(earlier.unit, later.unit, reach)) return undefined;
  return cmdlineCoverage(earlier.cmdline ?? [], later, reach);
}
