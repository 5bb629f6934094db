/** Places of fields by version and length, against C's rules applied to the declarations of each version. */

import { describe, expect, test } from "@jest/globals";
import { fields, slotOf, type FieldKey } from "../../src/fields/fields.ts";
import { commOffset, createLayout, smallestStructBytes, versionOfLength } from "../../src/taskstats/layout.ts";
import { memberOf } from "../support/field-members.ts";
import { newestVersion, structVersions } from "../support/struct-declarations.ts";
import { structLayout } from "../support/struct-writer.ts";

const keys = fields.map(({ key }) => key as FieldKey);

/** Slot to offset, as the layout has it. */
function placesOf(version: number, length: number, wanted: readonly FieldKey[] = keys): Map<number, number> {
  const { counterSlots, counterOffsets, others } = createLayout(version, length, wanted);
  const counters = [...counterSlots].map((slot, index) => [slot, counterOffsets[index] ?? NaN] as const);
  return new Map([...counters, ...others.map(({ slot, at }) => [slot, at] as const)]);
}

/** Slot to offset, as the declarations have it, of what ends within `length`. */
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

  test("has the fields of its declarations, where they are there", () => {
    expect(sorted(placesOf(version, bytes))).toEqual(sorted(declaredPlaces(version, bytes)));
  });

  test("has, when it is cut, the fields that end before the cut", () => {
    for (let length = 0; length <= bytes; length++) {
      const places = sorted(placesOf(version, length));
      const declared = sorted(declaredPlaces(version, length));
      // A comparison by expect for each of the many lengths would take seconds.
      if (String(places) !== String(declared)) expect({ length, places }).toEqual({ length, places: declared });
    }
  });

  test("has no further field for being longer than it should be", () => {
    expect(sorted(placesOf(version, 4000))).toEqual(sorted(declaredPlaces(version, bytes)));
  });

  test("has ac_comm where its declarations have it", () => {
    expect(commOffset(version)).toBe(memberOf("ac_comm", version)?.offset);
  });
});

test("a version nobody has written yet is read with the newest layout", () => {
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
