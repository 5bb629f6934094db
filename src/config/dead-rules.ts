/** Finds rules that no process can match. They are warnings, not errors, because process-exporter accepts them. */

import { baseName } from "../classify/go-text.ts";
import { memoize } from "../classify/memo.ts";
import type { RuleSpec } from "../classify/rule.ts";
import { coverageOf, reachOf, type Coverage, type Reach } from "./coverage.ts";

/** A rule that matches nothing, or hardly anything. */
export interface DeadRule {
  /** Index of the rule, from 0. */
  readonly rule: number;
  /** Index of the earlier rule that takes the processes. */
  readonly shadowedBy?: number;
  /** How much of them the earlier rule takes. */
  readonly coverage?: Coverage;
  /** Why the rule matches nothing, if no earlier rule is the cause. */
  readonly reason?: string;
}

/** The most earlier rules that are looked at per demand: thousands of rules may ask for the same command. */
const mostCandidates = 100;

/** Finds the rules that match nothing, or hardly anything, in the order of the file. */
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

/**
 * Demands of which a later rule has at least one (see `demandsMet`) if this rule takes all of its processes. So a look-up by the
 * later rule's demands finds all earlier rules that may shadow it.
 */
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

/** The demands under which a rule looks for the earlier rules that may shadow it. */
function demandsMet({ comm, exe, cmdline = [], user, unit, cgroup }: RuleSpec): string[] {
  const first = Object.entries({ comm, exe, user, unit, cgroup }).flatMap(([key, choices]) =>
    choices?.[0] === undefined ? [] : [`${key} ${choices[0]}`],
  );
  const base = exe?.[0] === undefined ? [] : [`exe ${baseName(exe[0])}`];
  return [...first, ...base, ...cmdline.map((text) => `cmdline ${text}`), "anything"];
}
