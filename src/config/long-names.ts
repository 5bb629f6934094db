/** Entries of `comm` that no process can have as its command name. process-exporter never matches them either. */

import type { RuleSpec } from "../classify/rule.ts";

/** The kernel's TASK_COMM_LEN without the NUL. */
const commBytes = 15;

export interface LongName {
  /** Index of the rule, and of the name in its list, from 0. */
  readonly rule: number;
  readonly index: number;
  /** Why it never matches, and what would. */
  readonly reason: string;
}

/** Names that are longer than the kernel's, in the order of the file. */
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

/** What the kernel leaves. Of a longer character it may leave a part, which is no text. */
function cut(name: Buffer): string {
  const left = name.subarray(0, commBytes).toString("utf8");
  const whole = left.replace(/\uFFFD$/, "");
  if (left === whole || name.toString("utf8").startsWith(left)) return `which leaves ${JSON.stringify(left)}`;
  return `which leaves ${JSON.stringify(whole)} and a part of a character: use exe or cmdline`;
}
