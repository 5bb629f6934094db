/** Compares the offsets of fields, by version and length, with those that C's rules give for the declarations of each version. */

import { describe, expect, test } from "@jest/globals";
import { fields, slotOf, type FieldKey } from "../../src/fields/fields.ts";
import { commOffset, createLayout, smallestStructBytes, versionOfLength } from "../../src/taskstats/layout.ts";
import { memberOf } from "../support/field-members.ts";
import { newestVersion, structVersions } from "../support/struct-declarations.ts";
import { structLayout } from "../support/struct-writer.ts";

const keys = fields.map(({ key }) => key as FieldKey);

/** Offsets by slot, from the layout. */
function placesOf(version: number, length: number, wanted: readonly FieldKey[] = keys): Map<number, number> {
  const { counterSlots, counterOffsets, wordSlots, wordOffsets, others } = createLayout(version, length, wanted);
  const counters = [...counterSlots].map((slot, index) => [slot, counterOffsets[index] ?? NaN] as const);
  const words = [...wordSlots].map((slot, index) => [slot, wordOffsets[index] ?? NaN] as const);
  return new Map([...counters, ...words, ...others.map(({ slot, at }) => [slot, at] as const)]);
}

/** Offsets by slot, from the declarations, of the members that end within `length`. */
function declaredPlaces(version: number, length: number): Map<number, number> {
  const places = keys.flatMap((key) => {
    const member = memberOf(key, version);
    return member !== undefined && member.offset + member.size <= length ? [[slotOf(key), member.offset] as const] : [];
  });
  return new Map(places);
}

const sorted = (places: Map<number, number>): [number, number][] => [...places].sort(([a], [b]) => a - b);

describe.each(structVersions.map((version) => ({ version })))("version $version", ({ version }) => {
  const { bytes } = structLayout(version);

  test("has each declared field at its declared offset", () => {
    expect(sorted(placesOf(version, bytes))).toEqual(sorted(declaredPlaces(version, bytes)));
  });

  test("has, when truncated at any length, the fields that end before that", () => {
    for (let length = 0; length <= bytes; length++) {
      const places = sorted(placesOf(version, length));
      const declared = sorted(declaredPlaces(version, length));
      // A comparison by expect for each of the many lengths would take seconds.
      if (String(places) !== String(declared)) expect({ length, places }).toEqual({ length, places: declared });
    }
  });

  test("has no other field when it is longer than declared", () => {
    expect(sorted(placesOf(version, 4000))).toEqual(sorted(declaredPlaces(version, bytes)));
  });

  test("has ac_comm at its declared offset", () => {
    expect(commOffset(version)).toBe(memberOf("ac_comm", version)?.offset);
  });
});

test("an unknown newer version is read with the newest layout", () => {
  expect(sorted(placesOf(65_535, 4000))).toEqual(sorted(placesOf(newestVersion, structLayout(newestVersion).bytes)));
});

test("only the wanted fields have a place", () => {
  expect([...placesOf(16, 560, ["ac_minflt", "ac_pid"]).keys()].sort()).toEqual(
    [slotOf("ac_minflt"), slotOf("ac_pid")].sort(),
  );
});

test("the smallest struct that is read is that of version 4", () => {
  expect(smallestStructBytes).toBe(structLayout(4).bytes);
});

test("the version of a length is the newest whose struct fits, and never 15, whose layout is its own", () => {
  for (const version of structVersions.filter((known) => known <= newestVersion && known !== 7 && known !== 15)) {
    const { bytes } = structLayout(version);
    expect(versionOfLength(bytes)).toBe(version);
    expect(versionOfLength(bytes + 7)).toBe(version);
  }
  expect(versionOfLength(4000)).toBe(newestVersion);
});

test("each field is either read or absent", () => {
  const { counterSlots, wordSlots, others, absentSlots } = createLayout(9, 344, [
    "ac_minflt",
    "ac_pid",
    "ac_tgid",
    "ac_flag",
  ]);
  expect([[...counterSlots], [...wordSlots], others.map(({ slot }) => slot)]).toEqual([
    [slotOf("ac_minflt")],
    [slotOf("ac_pid")],
    [slotOf("ac_flag")],
  ]);
  const all = [...counterSlots, ...wordSlots, ...others.map(({ slot }) => slot), ...absentSlots];
  expect(all.sort((a, b) => a - b)).toEqual([...fields.keys()]);
});
