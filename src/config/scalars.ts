/**
 * The building blocks of the configuration's schemas. All scalars are texts at first. The message of a schema is the `want` of
 * the complaint. A pipe that turns a text into a number or a boolean ends with the schema of that type, because the JSON Schema
 * for editors is made from the end of the pipe.
 */
import * as v from "valibot";

import { durationForm, parseDuration } from "../base/quantity.ts";
import type { Compiled } from "../classify/rule.ts";
import { parseBoolean } from "../yaml/boolean.ts";

/** Any scalar, as the text that the file has. */
export const text = v.string("a text");

/** A boolean in the spellings of YAML 1.1. */
export const boolean = v.pipe(
  v.string("true or false"),
  v.rawTransform<string, boolean>(({ dataset, addIssue, NEVER }) => {
    const value = parseBoolean(dataset.value);
    if (value !== undefined) return value;
    addIssue({ message: "true or false" });
    return NEVER;
  }),
  v.boolean(),
);

/** A decimal number, with or without fraction and exponent. */
export const number = v.pipe(
  v.string("a number"),
  v.regex(/^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/, "a number"),
  v.transform(Number),
  v.number("a number"),
  v.finite("a finite number"),
);

/** A whole number within bounds. */
export function integer(least: number, most: number) {
  const want = `an integer from ${least} to ${most}`;
  return v.pipe(
    v.string(want),
    v.regex(/^\d{1,15}$/, want),
    v.transform(Number),
    v.number(want),
    v.integer(want),
    v.minValue(least, want),
    v.maxValue(most, want),
  );
}

/** A duration of at least `leastMs`, in the form that flags take. The output is in milliseconds. */
export function duration(leastMs: number, leastText: string) {
  const want = `${durationForm}, ${leastText} at least`;
  return v.pipe(
    v.string(want),
    v.rawTransform<string, number>(({ dataset, addIssue, NEVER }) => {
      const milliseconds = parseDuration(dataset.value);
      if (milliseconds !== undefined && milliseconds >= leastMs) return milliseconds;
      addIssue({ message: want });
      return NEVER;
    }),
  );
}

/** A list. Its output leaves out the items that have no value. */
export function list<S extends v.GenericSchema>(item: S, want: string) {
  return v.pipe(
    v.array(v.nullable(item), want),
    v.transform((items): v.InferOutput<S>[] => items.filter((value) => value !== null)),
  );
}

/** Any mapping. Lists are excluded here because valibot takes a list for an object. */
export const mapping = v.custom<Readonly<Record<string, unknown>>>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  "a mapping",
);

/** Matches a key that is ignored: it only holds an anchor for aliases, as in the files of Compose and GitLab. */
export const anchorKey = /^(?:x-|\.)/;

function withoutAnchorKeys(section: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(section).filter(([key]) => !anchorKey.test(key)));
}

/** A mapping with these keys only, besides anchor keys. For an unknown key the message is the list of these keys. */
export function section<E extends v.ObjectEntries>(entries: E) {
  return v.pipe(
    mapping,
    v.transform(withoutAnchorKeys),
    v.objectWithRest(entries, v.never(Object.keys(entries).join(", "))),
  );
}

/** A text that compiles. The last step of an issue's path is the index of the character at which the fault begins. */
export function compilable(compile: (text: string) => Compiled<unknown>) {
  return v.pipe(
    text,
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return;
      const { fault } = compile(dataset.value);
      if (fault === undefined) return;
      const { want, got, at = 0 } = fault;
      const place = { type: "unknown", origin: "value", input: dataset.value, key: at, value: undefined } as const;
      addIssue({ message: want, received: got, path: [place] });
    }),
  );
}
