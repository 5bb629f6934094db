/** Rules that no process can match. They are no errors: process-exporter takes them without a word. */

import { baseName } from "../classify/go-text.ts";
import { memoize } from "../classify/memo.ts";
import type { RuleSpec } from "../classify/rule.ts";
import { coverageOf, reachOf, type Coverage, type Reach } from "./coverage.ts";

/** A rule by its index, from 0. */
export interface DeadRule {
  readonly rule: number;
  /** The earlier one that takes what it would match. */
  readonly shadowedBy?: number;
  /** How much of it that one takes. */
  readonly coverage?: Coverage;
  /** Why it matches nothing, where no other rule is to blame. */
  readonly reason?: string;
}

/** Of the rules that may shadow another so many are looked at, since thousands may ask for the same command. */
const mostCandidates = 100;

/** Rules that can never match, or hardly anything, in their order. */
export function findDeadRules(rules: readonly RuleSpec[]): DeadRule[] {
  const reach = memoize<Reach>(reachOf) as (pattern: string) => Reach;
  const byDemand = new Map<string, number[]>();
  return rules.flatMap((spec, rule): DeadRule[] => {
    const reason = impossibility(spec);
    if (reason !== undefined) return [{ rule, reason }];
    const candidates = demandsMet(spec).flatMap((demand) => byDemand.get(demand) ?? []);
    const shadow = findShadow(spec, { rules, candidates, reach });
    for (const demand of demandsOf(spec, reach)) {
      const others = byDemand.get(demand);
      if (others === undefined) byDemand.set(demand, [rule]);
      else if (others.length < mostCandidates) others.push(rule);
    }
    return shadow === undefined ? [] : [{ rule, ...shadow }];
  });
}

function impossibility({ comm, exe, user, unit, cgroup }: RuleSpec): string | undefined {
  const empty = Object.entries({ comm, exe, user, unit, cgroup }).find(([, choices]) => choices?.length === 0);
  return empty === undefined ? undefined : `its list ${empty[0]} is empty`;
}

interface Search {
  readonly rules: readonly RuleSpec[];
  readonly candidates: readonly number[];
  readonly reach: (pattern: string) => Reach;
}

function findShadow(spec: RuleSpec, { rules, candidates, reach }: Search): Omit<DeadRule, "rule"> | undefined {
  const shadows = [...new Set(candidates)]
    .sort((one, other) => one - other)
    .flatMap((shadowedBy) => {
      const coverage = coverageOf(rules[shadowedBy] ?? {}, spec, reach);
      return coverage === undefined ? [] : [{ shadowedBy, coverage }];
    });
  return shadows.find(({ coverage }) => coverage === "all") ?? shadows[0];
}

/** Something that each rule asks for that this one takes whole, so that one look-up finds those before it that may. */
function demandsOf(
  { comm, exe, cmdline = [], user, unit, cgroup }: RuleSpec,
  reach: (text: string) => Reach,
): string[] {
  if (comm !== undefined) return comm.map((name) => `comm ${name}`);
  if (exe !== undefined) return exe.map((name) => `exe ${name}`);
  const pattern = cmdline.find((text) => reach(text) === "some");
  if (pattern !== undefined) return [`cmdline ${pattern}`];
  for (const [key, choices] of Object.entries({ user, unit, cgroup })) {
    if (choices?.every((text) => reach(text) === "some") === true) return choices.map((text) => `${key} ${text}`);
  }
  return ["anything"];
}

function demandsMet({ comm, exe, cmdline = [], user, unit, cgroup }: RuleSpec): string[] {
  const first = Object.entries({ comm, exe, user, unit, cgroup }).flatMap(([key, choices]) =>
    choices?.[0] === undefined ? [] : [`${key} ${choices[0]}`],
  );
  const base = exe?.[0] === undefined ? [] : [`exe ${baseName(exe[0])}`];
  return [...first, ...base, ...cmdline.map((text) => `cmdline ${text}`), "anything"];
}
