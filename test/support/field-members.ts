/** Rows of the field table and the C members they describe, in the struct writer's notation. */

import { fields } from "../../src/fields/fields.ts";
import type { Field } from "../../src/fields/field.ts";
import { structVersions } from "./struct-declarations.ts";
import { structLayout, type Member } from "./struct-writer.ts";

/** `cpu_delay_max_ts_sec` is `cpu_delay_max_ts.tv_sec` in C; all other rows have the member's name. */
export function memberName(key: string): string {
  return key.replace(/_ts_(n?sec)$/, "_ts.tv_$1");
}

export function memberOf(key: string, version: number): Member | undefined {
  return structLayout(version).members.get(memberName(key));
}

/** The first version whose declarations have the member. */
export function firstVersionOf(key: string): number | undefined {
  return structVersions.find((version) => memberOf(key, version) !== undefined);
}

/**
 * A different value for each row that uses all bytes of its width; of eight bytes only those that a double holds
 * exactly.
 */
export function sampleValue({ width }: Field, slot: number): number {
  switch (width) {
    case "u8":
      return 0xff - slot;
    case "s8":
      return -20;
    case "u16":
      return 0xfedc;
    case "u32":
      return 0xfedc_ba00 + slot;
    case "u64":
      return Number.MAX_SAFE_INTEGER - slot;
    case "s64":
      return -(2 ** 40) - slot;
  }
}

/** The values of all rows that a version has, by member name, without `version` itself. */
export function sampleFigures(version: number): Record<string, number> {
  const present = fields.map((field, slot) => ({ field, slot })).filter(({ field: { key } }) => key !== "version");
  const pairs = present
    .filter(({ field: { key } }) => memberOf(key, version) !== undefined)
    .map(({ field, slot }) => [memberName(field.key), sampleValue(field, slot)] as const);
  return Object.fromEntries(pairs);
}
