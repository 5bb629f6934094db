/**
 * Reads a YAML text into plain values, each with its place in the file. A scalar is the text that the file has, or null where it
 * has none. Aliases and merge keys (`<<`) are followed.
 */
import { isMap, isScalar, isSeq } from "yaml";
import type { Node, YAMLMap } from "yaml";

import { mostLevels } from "./parse.ts";
import { isNull, kindOf, textOf } from "./source.ts";
import type { YamlSource } from "./source.ts";

/** A value and its place. */
export interface Located {
  /** A text, a list, an object or null. */
  readonly value: unknown;
  /** The node of the value. Of an alias: the node of its anchor. */
  readonly node: Node;
  /** The items of a list. */
  readonly items?: readonly Located[];
  /** The entries of a mapping by key. */
  readonly entries?: ReadonlyMap<string, LocatedEntry>;
}

export interface LocatedEntry {
  readonly key: Node;
  readonly at: Located;
}

/** The most values, counted again for each alias: aliases can make any number of them from a small file. */
const mostValues = 100_000;

/** Names of properties that JavaScript's objects have or treat in a special way. */
const unusableKeys: readonly string[] = ["__proto__", "constructor", "prototype"];

/** Reads the value of the whole text; undefined if it has none. Leaves out the values that it has to complain about. */
export function readValue(source: YamlSource): Located | undefined {
  return source.root === undefined || isNull(source.root) ? undefined : createReader(source)(source.root, 0);
}

type Reader = (node: Node, level: number) => Located | undefined;

function createReader(source: YamlSource): Reader {
  let values = 0;

  function read(node: Node, level: number): Located | undefined {
    const target = source.resolve(node);
    if (target === undefined || !isAffordable(node, level)) return undefined;
    if (isMap<Node, Node | null>(target)) return readMap(target, level);
    if (isSeq<Node>(target)) {
      const items = target.items.flatMap((item) => read(item, level + 1) ?? []);
      return { value: items.map(({ value }) => value), node: target, items };
    }
    return { value: isNull(target) || !isScalar(target) ? null : textOf(target), node: target };
  }

  /** Bounds levels and values here too: an alias inside of its own anchor nests without end. */
  function isAffordable(node: Node, level: number): boolean {
    values++;
    if (level > mostLevels) source.complain(node, { want: `at most ${mostLevels} levels`, got: "more" });
    // Complain once, and not for each value after it.
    if (values === mostValues + 1) {
      source.complain(node, { want: `at most ${mostValues} values, aliases followed`, got: "more" });
    }
    return values <= mostValues && level <= mostLevels;
  }

  function readMap(map: YAMLMap<Node, Node | null>, level: number): Located {
    const own = new Map<string, LocatedEntry>();
    const merged = new Map<string, LocatedEntry>();
    for (const { key, value } of map.items) {
      const name = nameOf(key);
      if (name === undefined) continue;
      const at = value === null ? { value: null, node: key } : read(value, level + 1);
      if (at === undefined) continue;
      if (name === "<<") merge(at, merged);
      else own.set(name, { key, at });
    }
    const entries = new Map([...own, ...[...merged].filter(([name]) => !own.has(name))]);
    return { value: Object.fromEntries([...entries].map(([name, { at }]) => [name, at.value])), node: map, entries };
  }

  /** Adds the entries of merged mappings to `into`. Of several mappings with the same key the first wins. */
  function merge(at: Located, into: Map<string, LocatedEntry>): void {
    if (at.items !== undefined) {
      for (const item of at.items) merge(item, into);
    } else if (at.entries !== undefined) {
      for (const [name, entry] of at.entries) if (!into.has(name)) into.set(name, entry);
    } else {
      source.complain(at.node, { want: "a mapping, or a list of them, to merge", got: kindOf(at.node) });
    }
  }

  function nameOf(key: Node): string | undefined {
    const target = source.resolve(key);
    if (target === undefined) return undefined;
    if (!isScalar(target)) source.complain(key, { want: "a text as key", got: kindOf(target) });
    else if (unusableKeys.includes(textOf(target))) source.complain(key, { want: "another key", got: textOf(target) });
    else return textOf(target);
    return undefined;
  }

  return read;
}
