/**
 * A YAML text with a memory for complaints: everything wrong with it is gathered, with line and column, to be reported at once.
 * It knows nothing of the keys that a file may have. Scalars stay the text they were written as, because their type
 * depends on who reads them (`comm: [010]` is a text, `max_groups: 10` a number).
 */
import { isAlias, isMap, isPair, isScalar, isSeq } from "yaml";
import type { Node, Scalar, YAMLError, YAMLMap } from "yaml";

import { mostLevels, parseText } from "./parse.ts";

/** What is wrong with a value, in the words of ExporterError. */
export interface Fault {
  readonly want: string;
  readonly got: string;
  readonly remedy?: string;
}

/** A fault with its place in the file. */
export interface Complaint extends Fault {
  /** `file:line:column`, both from 1. */
  readonly where: string;
}

interface Found {
  readonly offset: number;
  readonly fault: Fault;
}

/** More than anybody reads; a file that is no YAML at all may have a million. */
const mostComplaints = 100;

/** An open YAML text. */
export interface YamlSource {
  /** `undefined` for a text without a value: empty, or nothing but comments. */
  readonly root: Node | undefined;
  /** Whether the syntax is so wrong that nobody can tell what the values were meant to be. */
  readonly broken: boolean;
  /** Follows an alias to its anchor; complains and gives `undefined` where there is none. */
  resolve(node: Node): Node | undefined;
  /** `file:line:column` of the `at`th character of a node's text, or of its beginning where the file spells the text differently. */
  locate(node: Node, at?: number): string;
  /** Remembers that the value at `node`, or what begins with the `at`th character of its text, is wrong. */
  complain(node: Node, fault: Fault, at?: number): void;
  /** Remembers what is no error at `node`, but surely not meant. */
  warn(node: Node, text: string, at?: number): void;
  /** What was warned of, in the order of the file, each as one line with its place. */
  warnings(): readonly string[];
  /** How often there was reason to complain so far. */
  complaintCount(): number;
  /** The first hundred complaints, in the order of the file, and how many more there are. */
  complaints(): readonly Complaint[];
}

/** Parses `text`, that `file` holds. Bad syntax and duplicate keys are complaints already. */
export function openYaml(text: string, file: string): YamlSource {
  const { document, tooDeepAt, lines } = parseText(text);
  const { contents = null, errors = [] } = document ?? {};
  const found = new Map<string, Found>();
  const warned = new Map<string, { readonly offset: number; readonly text: string }>();
  // What stands behind an alias is read again for each, and is wrong once.
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

/** From a scalar's beginning to its `at`th character; 0 where escapes, folds or block style put characters elsewhere. */
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

/** Finds what each alias stands for, and keys that a mapping has twice, in one pass in the order of the file. */
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

/** All nodes below `root` in the order of the file. */
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

/** A plain scalar that YAML 1.1 takes for "no value". */
export function isNull(node: Node): boolean {
  return isPlain(node) && /^(?:|~|null|Null|NULL)$/.test(textOf(node));
}

/** A scalar without quotes, which may therefore be a number or a boolean. */
export function isPlain(node: Node): node is Scalar {
  return isScalar(node) && node.type === "PLAIN";
}

/** A scalar in which a backslash begins an escape. */
export function isDoubleQuoted(node: Node): boolean {
  return isScalar(node) && node.type === "QUOTE_DOUBLE";
}

/** The text of a scalar, its quotes and escapes resolved. */
export function textOf(node: Scalar): string {
  return typeof node.value === "string" ? node.value : "";
}

/** The kind of a value, in words. */
export function kindOf(node: Node): string {
  if (isMap(node)) return "a mapping";
  return isSeq(node) ? "a list" : "a text";
}

/** The parser's message without the source it quotes, which may be a key or a password's hash. */
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
