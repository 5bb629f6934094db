/**
 * The schemas that all parts of the configuration are put together from. Values come as texts, and a schema's message is what
 * was wanted, in the words of ExporterError. Each step that makes a number of a text names the number's schema afterwards:
 * the JSON Schema for editors is made of what comes last.
 */
import * as v from "valibot";

import { durationForm, parseDuration } from "../base/quantity.ts";
import type { Compiled } from "../classify/rule.ts";
import { parseBoolean } from "../yaml/boolean.ts";

/** Any scalar, as it was written. */
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

/** A decimal number, with fraction and exponent where it has them. */
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

/** A duration as flags take it, to milliseconds. */
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

/** A list of which items without a value are left out. */
export function list<S extends v.GenericSchema>(item: S, want: string) {
  return v.pipe(
    v.array(v.nullable(item), want),
    v.transform((items): v.InferOutput<S>[] => items.filter((value) => value !== null)),
  );
}

/** Any mapping; for valibot a list is an object, too. */
export const mapping = v.custom<Readonly<Record<string, unknown>>>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  "a mapping",
);

/** Keys that only hold an anchor for an alias elsewhere begin so, as in the files of Compose and of GitLab. */
export const anchorKey = /^(?:x-|\.)/;

function withoutAnchorKeys(section: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(section).filter(([key]) => !anchorKey.test(key)));
}

/** A mapping with these keys and no others, but for those that hold an anchor. The message of its `never` lists them. */
export function section<E extends v.ObjectEntries>(entries: E) {
  return v.pipe(
    mapping,
    v.transform(withoutAnchorKeys),
    v.objectWithRest(entries, v.never(Object.keys(entries).join(", "))),
  );
}

/** A text that `compile` understands. Where in the text the fault begins becomes the last step of the issue's path. */
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
