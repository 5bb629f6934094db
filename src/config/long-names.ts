/** Finds entries of `comm` that are longer than any command name. process-exporter never matches them either. */

import type { RuleSpec } from "../classify/rule.ts";

/** The kernel's TASK_COMM_LEN without the NUL. */
const commBytes = 15;

export interface LongName {
  /** Index of the rule, from 0. */
  readonly rule: number;
  /** Index of the name in `comm`, from 0. */
  readonly index: number;
  /** Why the name never matches, and what the kernel makes of it. */
  readonly reason: string;
}

/** Finds the names that are too long, in the order of the file. */
export function findLongNames(rules: readonly RuleSpec[]): LongName[] {
  return rules.flatMap(({ comm = [] }, rule) => {
    const isAlone = comm.every((name) => Buffer.byteLength(name) > commBytes);
    return comm.flatMap((name, index) => {
      const bytes = Buffer.from(name);
      return bytes.length <= commBytes ? [] : [{ rule, index, reason: reasonOf(bytes, isAlone) }];
    });
  });
}

function reasonOf(name: Buffer, isAlone: boolean): string {
  const subject = isAlone ? "this name, and so this rule, never matches" : "this name never matches";
  return `${subject}: the kernel cuts command names to ${commBytes} bytes, ${cut(name)}`;
}

/** What the kernel leaves of the name. It may cut within a character of several bytes; that part is no text. */
function cut(name: Buffer): string {
  const left = name.subarray(0, commBytes).toString("utf8");
  const whole = left.replace(/\uFFFD$/, "");
  if (left === whole || name.toString("utf8").startsWith(left)) return `which leaves ${JSON.stringify(left)}`;
  return `which leaves ${JSON.stringify(whole)} and a part of a character: use exe or cmdline`;
}
