/** The table of fields, compared with the C declarations of every version, and checked for contradictions. */

import { describe, expect, test } from "@jest/globals";
import { AGROUP, commField, delayKinds, fields, slotOf, type FieldKey } from "../../src/fields/fields.ts";
import { firstVersionOf, memberName, memberOf } from "../support/field-members.ts";
import { newestVersion } from "../support/struct-declarations.ts";
import { structLayout } from "../support/struct-writer.ts";

const bytesOf = { u8: 1, s8: 1, u16: 2, u32: 4, u64: 8, s64: 8 };

test("no two rows have the same key", () => {
  expect(new Set(fields.map(({ key }) => key)).size).toBe(fields.length);
});

test("no two rows share a byte, and none shares one with ac_comm", () => {
  const taken = fields.map(({ at, width }) => ({ at, end: at + bytesOf[width] }));
  const all = [...taken, { at: commField.at, end: commField.at + commField.bytes }].sort((a, b) => a.at - b.at);
  for (const [index, { end }] of all.entries()) expect(end).toBeLessThanOrEqual(all[index + 1]?.at ?? Infinity);
});

describe.each(fields.map((field) => [field.key, field] as const))("the row %s", (key, { at, width, since }) => {
  test("has the offset and the size of its C member", () => {
    expect(memberOf(key, newestVersion)).toMatchObject({ offset: at, size: bytesOf[width], count: 1 });
  });

  test("begins with the first version whose declarations have it", () => {
    expect(firstVersionOf(key)).toBe(since);
  });

  test("ends inside the struct of its first version", () => {
    // Version 15 has other offsets: taskstats/layout.ts.
    const { bytes } = structLayout(since === 15 ? 16 : since);
    expect(at + bytesOf[width]).toBeLessThanOrEqual(bytes);
  });
});

test("every numeric member of the newest struct has a row", () => {
  const rows = new Set(fields.map(({ key }) => memberName(key)));
  const members = [...structLayout(newestVersion).members.keys()];
  expect(members.filter((name) => !rows.has(name))).toEqual(["ac_comm", "ac_pad"]);
});

test("ac_comm is where the declarations have it", () => {
  expect(memberOf("ac_comm", newestVersion)).toMatchObject({ offset: commField.at, count: commField.bytes });
});

test("every kind of delay has a count, a total, a largest and a smallest, and when the largest was", () => {
  const suffixes = ["count", "delay_total", "delay_max", "delay_min", "delay_max_ts_sec", "delay_max_ts_nsec"];
  expect(delayKinds).toHaveLength(8);
  for (const kind of delayKinds) {
    const rows = fields.filter(({ key }) => key.startsWith(`${kind}_`) && !key.startsWith("cpu_run"));
    const delays = rows.filter(({ key }) => suffixes.includes(key.slice(kind.length + 1)));
    expect(delays.map(({ key }) => key)).toEqual(suffixes.map((suffix) => `${kind}_${suffix}`));
  }
});

test("the declarations know no kind of delay that is missing from the table", () => {
  const totals = [...structLayout(newestVersion).members.keys()].filter((name) => name.endsWith("_delay_total"));
  expect(totals.map((name) => name.replace("_delay_total", "")).sort()).toEqual([...delayKinds].sort());
});

test("the scope is `group` for exactly the fields that a TGID reply sums over threads", () => {
  const sums = ["nvcsw", "nivcsw", "ac_etime", "ac_utime", "ac_stime"];
  const runs = ["cpu_run_real_total", "cpu_run_virtual_total", "cpu_scaled_run_real_total"];
  const delays = delayKinds.flatMap((kind) => [`${kind}_count`, `${kind}_delay_total`]);
  const group = fields.filter(({ scope }) => scope === "group").map(({ key }) => key);
  expect(group.sort()).toEqual([...sums, ...runs, ...delays].sort());
  expect(fields.filter(({ scope }) => scope === "header").map(({ key }) => key)).toEqual(["version"]);
});

test("the unit of each row is the one that the header's comment gives", () => {
  const unitOf = (key: FieldKey): string => fields[slotOf(key)]?.unit ?? "";
  for (const kind of delayKinds)
    expect([unitOf(`${kind}_count`), unitOf(`${kind}_delay_total`)]).toEqual(["events", "ns"]);
  const microseconds = ["ac_etime", "ac_utime", "ac_stime", "ac_utimescaled", "ac_stimescaled", "ac_tgetime"];
  expect(
    fields
      .filter(({ unit }) => unit === "us")
      .map(({ key }) => key)
      .sort(),
  ).toEqual(microseconds.sort());
  expect(fields.filter(({ unit }) => unit === "kilobytes").map(({ key }) => key)).toEqual([
    "hiwater_rss",
    "hiwater_vm",
  ]);
  expect(fields.filter(({ unit }) => unit === "mb_us").map(({ key }) => key)).toEqual(["coremem", "virtmem"]);
});

test("every row describes its field in one line", () => {
  for (const { about } of fields) expect(about).toMatch(/^[^\n]{4,}$/);
});

test("a slot is the row's index, and an unknown key has none", () => {
  expect(fields.map(({ key }) => slotOf(key as FieldKey))).toEqual(fields.map((_, slot) => slot));
  expect(() => slotOf("ac_nothing" as FieldKey)).toThrow("no field ac_nothing");
});

test("AGROUP is the bit of acct.h", () => {
  expect(AGROUP).toBe(0x20);
});
