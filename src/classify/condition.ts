/** Conditions: one key of a rule, tested against the facts about a process. The answer is yes, no or unknown. */

import { findUnit } from "./container.ts";
import { baseName } from "./go-text.ts";
import type { FactName, ProcessFacts } from "./process-facts.ts";
import { memoize } from "./memo.ts";
import { noCaptures, type Captures, type Pattern } from "./pattern.ts";

export type ConditionKey = "comm" | "exe" | "cmdline" | "user" | "unit" | "cgroup";

export type ConditionResult =
  | { readonly kind: "matched"; readonly captures: Captures }
  | { readonly kind: "mismatch" }
  /** Nobody has seen the fact that the condition needs. */
  | { readonly kind: "unknown"; readonly missing: FactName };

export interface Condition {
  readonly key: ConditionKey;
  /** The entries as the configuration writes them. */
  readonly want: readonly string[];
  /** The fact that is tested; undefined for the command name, which is always known. */
  readonly needs: FactName | undefined;
  test(facts: ProcessFacts): ConditionResult;
  /** The text that the entries are compared with; undefined where nobody has seen the fact. */
  got(facts: ProcessFacts): string | undefined;
}

const mismatch: ConditionResult = { kind: "mismatch" };
const matchedPlainly: ConditionResult = { kind: "matched", captures: noCaptures };

function resultOf(captures: Captures | undefined): ConditionResult {
  if (captures === undefined) return mismatch;
  return captures.size === 0 ? matchedPlainly : { kind: "matched", captures };
}

function joinCaptures(all: readonly Captures[]): Captures {
  return new Map(all.flatMap((captures) => [...captures]));
}

/** Joins the captures of two conditions. Where both have a name, the second one stays. */
export function mergeCaptures(first: Captures, second: Captures): Captures {
  if (first.size === 0) return second;
  return second.size === 0 ? first : joinCaptures([first, second]);
}

function matchAny(patterns: readonly Pattern[]): (text: string) => Captures | undefined {
  return memoize((text) => {
    for (const pattern of patterns) {
      const captures = pattern.match(text);
      if (captures !== undefined) return captures;
    }
    return undefined;
  });
}

/** Matches where any of the names equals the command name. */
export function commCondition(want: readonly string[]): Condition {
  const names = new Set(want);
  return {
    key: "comm",
    want,
    needs: undefined,
    test: ({ comm }) => (names.has(comm) ? matchedPlainly : mismatch),
    got: ({ comm }) => comm,
  };
}

/**
 * Matches where an entry with a slash equals argv[0], or one without a slash equals the base name of argv[0]. A process without
 * arguments never matches.
 */
export function exeCondition(want: readonly string[]): Condition {
  const paths = new Set(want.filter((entry) => entry.includes("/")));
  const names = new Set(want.filter((entry) => !entry.includes("/")));
  const holds = (exe: string): boolean => paths.has(exe) || names.has(baseName(exe));
  return {
    key: "exe",
    want,
    needs: "argv",
    test({ argv }) {
      if (argv === undefined) return { kind: "unknown", missing: "argv" };
      return argv[0] !== undefined && holds(argv[0]) ? matchedPlainly : mismatch;
    },
    got: ({ argv }) => (argv === undefined ? undefined : (argv[0] ?? "")),
  };
}

let joined: { readonly argv: readonly string[]; readonly line: string } | undefined;

/** Remembers the last line: all rules ask for the same arguments, which may be half a megabyte long. */
function joinArguments(argv: readonly string[]): string {
  if (joined?.argv !== argv) joined = { argv, line: argv.join(" ") };
  return joined.line;
}

/** Matches where all patterns match the arguments, joined by spaces. */
export function cmdlineCondition(want: readonly string[], patterns: readonly Pattern[]): Condition {
  return {
    key: "cmdline",
    want,
    needs: "argv",
    test({ argv }) {
      if (argv === undefined) return { kind: "unknown", missing: "argv" };
      const line = joinArguments(argv);
      const found: Captures[] = [];
      for (const pattern of patterns) {
        const captures = pattern.match(line);
        if (captures === undefined) return mismatch;
        found.push(captures);
      }
      return resultOf(joinCaptures(found));
    },
    got: ({ argv }) => argv?.join(" "),
  };
}

/** Matches where any pattern matches the name of the real user. */
export function userCondition(want: readonly string[], patterns: readonly Pattern[]): Condition {
  const find = matchAny(patterns);
  return {
    key: "user",
    want,
    needs: "user",
    test: ({ user }) => (user === undefined ? { kind: "unknown", missing: "user" } : resultOf(find(user))),
    got: ({ user }) => user,
  };
}

/** Matches where any pattern matches the systemd unit. A process without a unit never matches, not even `.*`. */
export function unitCondition(want: readonly string[], patterns: readonly Pattern[]): Condition {
  const find = matchAny(patterns);
  return {
    key: "unit",
    want,
    needs: "cgroups",
    test({ cgroups }) {
      if (cgroups === undefined) return { kind: "unknown", missing: "cgroups" };
      const unit = findUnit(cgroups);
      return unit === undefined ? mismatch : resultOf(find(unit));
    },
    got: ({ cgroups }) => (cgroups === undefined ? undefined : (findUnit(cgroups) ?? "")),
  };
}

/** Matches where any pattern matches any path of a control group. The first path that matches gives the captures. */
export function cgroupCondition(want: readonly string[], patterns: readonly Pattern[]): Condition {
  const find = matchAny(patterns);
  return {
    key: "cgroup",
    want,
    needs: "cgroups",
    test({ cgroups }) {
      if (cgroups === undefined) return { kind: "unknown", missing: "cgroups" };
      for (const path of cgroups) {
        const captures = find(path);
        if (captures !== undefined) return resultOf(captures);
      }
      return mismatch;
    },
    got: ({ cgroups }) => cgroups?.join(" "),
  };
}
