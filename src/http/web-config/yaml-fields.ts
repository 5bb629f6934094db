/**
 * Readers for YAML values. A section of the file is a table with one reader for each key. The readers are strict, and they follow
 * the types of Go's YAML library, for which the same files are written: any scalar can be a text, and `null` means absent.
 */
import { isMap, isScalar, isSeq, Scalar } from "yaml";
import type { Node, Pair } from "yaml";

import { parseBoolean } from "../../yaml/boolean.ts";
import { isNull, isPlain, kindOf, textOf } from "../../yaml/source.ts";
import type { Fault, YamlSource } from "../../yaml/source.ts";

/** Reads one value. Returns `undefined` for null, and for a wrong value after it has complained to the source. */
export type Field<T> = (node: Node, source: YamlSource) => T | undefined;

/** The values of a table of fields. A key that is absent in the file is absent here. */
export type Section<F> = { readonly [K in keyof F]?: F[K] extends Field<infer T> ? T : never };

/** A text. A number or boolean counts as the text that was written. */
export const textField: Field<string> = (node, source) => {
  if (isNull(node)) return undefined;
  if (isScalar(node)) return textOf(node);
  source.complain(node, { want: "a text", got: kindOf(node) });
  return undefined;
};

/** A boolean without quotes. */
export const booleanField: Field<boolean> = (node, source) => {
  if (isNull(node)) return undefined;
  const value = isPlain(node) ? parseBoolean(textOf(node)) : undefined;
  if (value === undefined) source.complain(node, { want: "true or false", got: shown(node) });
  return value;
};

/** A decimal integer. */
export const integerField: Field<number> = (node, source) => {
  if (isNull(node)) return undefined;
  if (isPlain(node) && /^[-+]?(?:0|[1-9][0-9]{0,14})$/.test(textOf(node))) return Number(textOf(node));
  source.complain(node, { want: "an integer", got: shown(node) });
  return undefined;
};

/** As `field`, but an empty text counts as absent. */
export function blankableField<T>(field: Field<T>): Field<T> {
  return (node, source) => (isScalar(node) && textOf(node) === "" ? undefined : field(node, source));
}

/** One of the names in `table`. The result is the name's value in the table. */
export function nameField<T>(table: Readonly<Record<string, T>>): Field<T> {
  const values = new Map(Object.entries(table));
  return (node, source) => {
    if (isNull(node)) return undefined;
    const value = isScalar(node) ? values.get(textOf(node)) : undefined;
    if (value === undefined) source.complain(node, { want: oneOf([...values.keys()]), got: shown(node) });
    return value;
  };
}

/** A list whose items are read by `item`. An item that is null is left out. */
export function listField<T>(item: Field<T>): Field<readonly T[]> {
  return (node, source) => {
    if (isNull(node)) return undefined;
    if (!isSeq<Node>(node)) {
      source.complain(node, { want: "a list", got: kindOf(node) });
      return undefined;
    }
    const values = node.items.map((entry) => readAlias(entry, item, source));
    return values.filter((value) => value !== undefined);
  };
}

/** A mapping with any keys. Each value is read by `value`, also a null value. */
export function mapField<T>(value: Field<T>): Field<ReadonlyMap<string, T>> {
  return (node, source) => {
    const result = new Map<string, T>();
    for (const [key, entry] of pairsOf(node, source)) {
      const read = readAlias(entry, value, source);
      if (read !== undefined) result.set(key, read);
    }
    return result;
  };
}

/** A mapping with the keys of `fields` and no others. Null gives an empty section. */
export function sectionField<F extends Readonly<Record<string, Field<unknown>>>>(fields: F): Field<Section<F>> {
  const rows = new Map(Object.entries(fields));
  return (node, source) => {
    const result: Record<string, unknown> = {};
    for (const [key, entry, keyNode] of pairsOf(node, source)) {
      const field = rows.get(key);
      if (field === undefined) source.complain(keyNode, { want: oneOf([...rows.keys()]), got: JSON.stringify(key) });
      else result[key] = readAlias(entry, field, source);
    }
    // The type holds by construction: each key gets its value from its own field.
    return result as Section<F>;
  };
}

/**
 * As `field`, but the value must also pass `judge`, and counts as absent if it does not. A value with a mistake that was reported
 * already is not judged, so that a mistake is reported once.
 */
export function checkedField<T>(field: Field<T>, judge: (value: T) => Fault | undefined): Field<T> {
  return (node, source) => {
    const before = source.complaintCount();
    const value = field(node, source);
    if (value === undefined || source.complaintCount() > before) return value;
    const fault = judge(value);
    if (fault === undefined) return value;
    source.complain(node, fault);
    return undefined;
  };
}

/** Writes a choice as `one of a, b`. */
function oneOf(names: readonly string[]): string {
  return names.length === 1 ? String(names[0]) : `one of ${names.join(", ")}`;
}

function readAlias<T>(node: Node, field: Field<T>, source: YamlSource): T | undefined {
  const target = source.resolve(node);
  return target === undefined ? undefined : field(target, source);
}

function pairsOf(node: Node, source: YamlSource): [key: string, value: Node, keyNode: Node][] {
  if (isNull(node)) return [];
  if (!isMap<Node, Node | null>(node)) {
    source.complain(node, { want: "a mapping", got: kindOf(node) });
    return [];
  }
  return node.items.flatMap((pair) => entryOf(pair, source));
}

function entryOf({ key, value }: Pair<Node, Node | null>, source: YamlSource): [string, Node, Node][] {
  const keyNode = source.resolve(key);
  if (keyNode === undefined) return [];
  if (isScalar(keyNode)) return [[textOf(keyNode), value ?? nullAt(key), key]];
  source.complain(key, { want: "a text as key", got: kindOf(keyNode) });
  return [];
}

/** A null value at the place of the key, for a key that has no value and no colon. */
function nullAt(key: Node): Scalar {
  const scalar = new Scalar("");
  scalar.type = Scalar.PLAIN;
  scalar.range = key.range ?? null;
  return scalar;
}

/** The value as errors show it. Only for fields that hold no secret. */
function shown(node: Node): string {
  return isScalar(node) ? JSON.stringify(textOf(node)) : kindOf(node);
}
