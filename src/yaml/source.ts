/**
 * An open YAML text that collects complaints, with line and column, so that all of them are reported together.
 * It knows nothing of the keys that a file may have. A scalar stays the text that the file has, because its type depends on
 * the key (`comm: [010]` is a text, `max_groups: 10` a number).
 */
import { isAlias, isMap, isPair, isScalar, isSeq } from "yaml";
import type { Node, Scalar, YAMLError, YAMLMap } from "yaml";

import { mostLevels, parseText } from "./parse.ts";

/** What is wrong with a value, as an ExporterError says it. */
export interface Fault {
  readonly want: string;
  readonly got: string;
  readonly remedy?: string;
}

/** A fault with its place in the file. */
export interface Complaint extends Fault {
  /** `file:line:column`; lines and columns are counted from 1. */
  readonly where: string;
}

interface Found {
  readonly offset: number;
  readonly fault: Fault;
}

/** The most complaints that are shown. A file that is not YAML may have a million. */
const mostComplaints = 100;

/** An open YAML text. */
export interface YamlSource {
  /** The value of the text; undefined if the text is empty or has only comments. */
  readonly root: Node | undefined;
  /** True if the syntax is so wrong that the values are not reliable. */
  readonly broken: boolean;
  /** The node behind an alias; any other node is its own. If the alias has no anchor, complains and returns undefined. */
  resolve(node: Node): Node | undefined;
  /**
   * `file:line:column` of character `at` of the node's text. If the file spells the text differently, as escapes do, it is the
   * place of the node's beginning.
   */
  locate(node: Node, at?: number): string;
  /** Adds a complaint about `node`, or about the part of its text that begins at character `at`. */
  complain(node: Node, fault: Fault, at?: number): void;
  /** Adds a warning about `node`: it is no error, but surely not intended. */
  warn(node: Node, text: string, at?: number): void;
  /** All warnings in the order of the file, each as one line with its place. */
  warnings(): readonly string[];
  /** Number of complaints so far. */
  complaintCount(): number;
  /** The first hundred complaints in the order of the file, and then one that gives the number of all others. */
  complaints(): readonly Complaint[];
}

/** Parses `text`. Adds a complaint for each error of syntax and each duplicate key. @param file the name in complaints */
export function openYaml(text: string, file: string): YamlSource {
  const { document, tooDeepAt, lines } = parseText(text);
  const { contents = null, errors = [] } = document ?? {};
  const found = new Map<string, Found>();
  const warned = new Map<string, { readonly offset: number; readonly text: string }>();
  // A value with several aliases is read several times. Its key in `found` is the same each time, so that it is reported once.
  const add = (offset: number, fault: Fault): void => void found.set(`${offset} ${fault.want}`, { offset, fault });
  const offsetOf = (node: Node, at = 0): number => (node.range?.[0] ?? 0) + (at > 0 ? offsetWithin(node, at, text) : 0);
  const whereOf = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const root = contents ?? undefined;
  const { targets, duplicates } = examine(root);
  for (const error of errors.slice(0, 10 * mostComplaints)) add(error.pos[0], syntaxFault(error));
  if (tooDeepAt !== undefined) add(tooDeepAt, { want: `at most ${mostLevels} levels`, got: "more" });
  for (const key of duplicates) add(offsetOf(key), { want: "each key once", got: "a duplicate" });
  return {
    root,
    broken: tooDeepAt !== undefined || errors.some(({ code }) => code !== "BAD_DQ_ESCAPE"),
    resolve(node) {
      if (!isAlias(node)) return node;
      const target = targets.get(node);
      if (target === undefined) add(offsetOf(node), { want: "an anchor above", got: `*${node.source} without one` });
      return target;
    },
    locate: (node, at) => whereOf(offsetOf(node, at)),
    complain: (node, fault, at) => add(offsetOf(node, at), fault),
    warn(node, text, at) {
      const offset = offsetOf(node, at);
      warned.set(`${offset} ${text}`, { offset, text });
    },
    warnings: () => inOrder(warned).map(({ offset, text }) => `${whereOf(offset)}: ${text}`),
    complaintCount: () => found.size,
    complaints() {
      const sorted = inOrder(found);
      const shown = sorted.slice(0, mostComplaints).map(({ offset, fault }) => ({ where: whereOf(offset), ...fault }));
      const more = sorted.length - shown.length;
      return more === 0 ? shown : [...shown, { where: file, want: "fewer mistakes", got: `${more} more` }];
    },
  };
}

function inOrder<T extends { readonly offset: number }>(found: ReadonlyMap<string, T>): T[] {
  return [...found.values()].sort((one, other) => one.offset - other.offset);
}

/** Distance from a scalar's beginning to character `at`; 0 if escapes, folding or block style move the characters. */
function offsetWithin(node: Node, at: number, text: string): number {
  if (!isScalar(node) || node.range == null) return 0;
  const begin = isPlain(node) ? 0 : 1;
  const from = node.range[0] + begin;
  return text.startsWith(textOf(node), from) ? begin + at : 0;
}

interface Examination {
  readonly targets: ReadonlyMap<Node, Node>;
  readonly duplicates: readonly Node[];
}

/** Finds the target of each alias and the duplicate keys of each mapping, in one pass in the order of the file. */
function examine(root: Node | undefined): Examination {
  const anchors = new Map<string, Node>();
  const targets = new Map<Node, Node>();
  const duplicates: Node[] = [];
  for (const node of nodesOf(root)) {
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (target !== undefined) targets.set(node, target);
      continue;
    }
    if (node.anchor !== undefined) anchors.set(node.anchor, node);
    if (isMap<Node, Node | null>(node)) duplicates.push(...duplicateKeys(node));
  }
  return { targets, duplicates };
}

/** Yields all nodes from `root` down in the order of the file. */
function* nodesOf(root: Node | undefined): Generator<Node> {
  const open: unknown[] = [root];
  while (open.length > 0) {
    const next = open.pop();
    if (isPair(next)) open.push(next.value, next.key);
    else if (isMap(next) || isSeq(next)) {
      yield next;
      for (const item of next.items.toReversed()) open.push(item);
    } else if (isScalar(next) || isAlias(next)) yield next;
  }
}

function duplicateKeys(map: YAMLMap<Node, Node | null>): Node[] {
  const seen = new Set<string>();
  return map.items.flatMap(({ key }) => {
    if (!isScalar(key)) return [];
    const again = seen.has(textOf(key));
    seen.add(textOf(key));
    return again ? [key] : [];
  });
}

/** True for a scalar that means "no value" in YAML 1.1. */
export function isNull(node: Node): boolean {
  return isPlain(node) && /^(?:|~|null|Null|NULL)$/.test(textOf(node));
}

/** True for a scalar without quotes, which may be a number or a boolean. */
export function isPlain(node: Node): node is Scalar {
  return isScalar(node) && node.type === "PLAIN";
}

/** True for a scalar between double quotes, where a backslash begins an escape. */
export function isDoubleQuoted(node: Node): boolean {
  return isScalar(node) && node.type === "QUOTE_DOUBLE";
}

/** The text of a scalar, without its quotes and with its escapes resolved. */
export function textOf(node: Scalar): string {
  return typeof node.value === "string" ? node.value : "";
}

/** The kind of a value in words, for complaints. */
export function kindOf(node: Node): string {
  if (isMap(node)) return "a mapping";
  return isSeq(node) ? "a list" : "a text";
}

/** The fault of a syntax error. Leaves out the source that the parser's message quotes: it may be a key or a password's hash. */
function syntaxFault(error: YAMLError): Fault {
  if (error.code === "MULTIPLE_DOCS") return { want: "one YAML document", got: "a second one" };
  if (error.code === "BAD_DQ_ESCAPE")
    return {
      want: "an escape that YAML knows between double quotes",
      got: "another one",
      remedy: "put the text into single quotes, where a backslash is a backslash",
    };
  return { want: "valid YAML", got: `an error: ${error.message.replace(/:.*$/s, "")}` };
}
