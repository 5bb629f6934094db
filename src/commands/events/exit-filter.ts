/** Decides which exits `events` shows. Pure. */

import type { ProcessExit } from "../../account/recent-exits.ts";
import type { GroupLabels } from "../../classify/classifier.ts";
import { parseExitStatus } from "../../fields/exit-status.ts";
import { formatSeconds } from "../../terminal/units.ts";

/** What to show. An empty list, or a bound that is undefined, leaves nothing out. */
export interface ShownExits {
  /** Values of `groupname`, in which `*` stands for any characters. */
  readonly groups: readonly string[];
  /** Exit codes, names of signals, and `failed` for all but exit code 0. */
  readonly codes: readonly string[];
  readonly minLifetimeMs: number | undefined;
  readonly maxLifetimeMs: number | undefined;
}

/**
 * Whether a text is what a pattern says, in which `*` stands for any characters. It takes no more than the product of both lengths,
 * which a regular expression might.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === undefined) return text === pattern;
  if (!text.startsWith(first) || text.length < first.length + last.length || !text.endsWith(last)) return false;
  let at = first.length;
  const end = text.length - last.length;
  return rest.every((part) => {
    const found = text.indexOf(part, at);
    at = found + part.length;
    return found >= 0 && at <= end;
  });
}

function matchesCode(wanted: string, status: number): boolean {
  const { reason, code } = parseExitStatus(status);
  return wanted === "failed" ? reason !== "exited" || code !== "0" : wanted === code;
}

/** Creates the decision about one exit. A group that is on no page, since no rule shows it, is never shown. */
export function createExitFilter({ groups, codes, minLifetimeMs = 0, maxLifetimeMs = Infinity }: ShownExits) {
  return ({ groupname }: GroupLabels, { status, lifetimeUs }: Pick<ProcessExit, "status" | "lifetimeUs">): boolean =>
    groupname !== undefined &&
    (groups.length === 0 || groups.some((pattern) => matchesGlob(pattern, groupname))) &&
    (codes.length === 0 || codes.some((code) => matchesCode(code, status))) &&
    // In this form a lifetime that is not known (NaN) is shown.
    !(lifetimeUs < minLifetimeMs * 1000) &&
    !(lifetimeUs > maxLifetimeMs * 1000);
}

/** Says in words what is shown: `group web*, code failed, lifetime from 5 s to 1 min 00 s`; empty where all is. */
export function describeFilter({ groups, codes, minLifetimeMs, maxLifetimeMs }: ShownExits): string {
  const parts: string[] = [];
  if (groups.length > 0) parts.push(`group ${groups.join(" or ")}`);
  if (codes.length > 0) parts.push(`code ${codes.join(" or ")}`);
  const from = minLifetimeMs === undefined ? [] : [`from ${formatSeconds(minLifetimeMs / 1000)}`];
  const to = maxLifetimeMs === undefined ? [] : [`to ${formatSeconds(maxLifetimeMs / 1000)}`];
  if (from.length + to.length > 0) parts.push(`lifetime ${[...from, ...to].join(" ")}`);
  return parts.join(", ");
}
