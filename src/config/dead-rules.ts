/** Rules that no process can match. They are no errors: process-exporter takes them without a word. */

import type { RuleSpec } from "../classify/rule.ts";

/** A rule by its index, from 0. */
export interface DeadRule {
  readonly rule: number;
  /** The earlier one that takes all that it would match. */
  readonly shadowedBy?: number;
  /** Why it matches nothing, where no other rule is to blame. */
  readonly reason?: string;
}

/** The kernel's TASK_COMM_LEN without the NUL. */
const commBytes = 15;

/** Rules that can never match, in their order. */
export function findDeadRules(rules: readonly RuleSpec[]): DeadRule[] {
  const seen = new Map<string, number>();
  return rules.flatMap((spec, rule): DeadRule[] => {
    const reason = impossibility(spec);
    if (reason !== undefined) return [{ rule, reason }];
    const matchers = matchersOf(spec);
    const earlier = seen.get(matchers);
    if (earlier !== undefined) return [{ rule, shadowedBy: earlier }];
    seen.set(matchers, rule);
    return [];
  });
}

function impossibility({ comm, exe, user, unit, cgroup }: RuleSpec): string | undefined {
  const empty = Object.entries({ comm, exe, user, unit, cgroup }).find(([, choices]) => choices?.length === 0);
  if (empty !== undefined) return `its list ${empty[0]} is empty`;
  const long = comm?.every((name) => Buffer.byteLength(name) > commBytes) === true ? comm[0] : undefined;
  return long === undefined
    ? undefined
    : `the kernel cuts command names to ${commBytes} bytes, and "${long}" is longer`;
}

/** What a rule asks for, the same text for the same demands in another order. */
function matchersOf({ comm, exe, cmdline, user, unit, cgroup }: RuleSpec): string {
  return JSON.stringify([comm, exe, cmdline, user, unit, cgroup].map((list) => list && [...new Set(list)].sort()));
}
