/**
 * A YAML text with a memory for complaints: everything wrong with it is gathered, with line and column, and reported as one error.
 * It knows nothing of keys and values; yaml-fields.ts does. Scalars stay the text they were written as, because their type
 * depends on the field that reads them (`X-XSS-Protection: 0` is a text).
 */
import { isAlias, isScalar, LineCounter, parseDocument } from "yaml";
import type { Node, Scalar, YAMLError } from "yaml";

import { ExporterError } from "../../base/errors.ts";

interface Complaint {
  readonly where: string;
  readonly want: string;
  readonly got: string;
}

/** What is wrong with a value, in the words of ExporterError. */
export interface Fault {
  readonly want: string;
  readonly got: string;
}

/** An open YAML text. */
export interface YamlSource {
  /** `undefined` for a text without a value: empty, or nothing but comments. */
  readonly root: Node | undefined;
  /** Follows an alias to its anchor; complains and gives `undefined` where there is none. */
  resolve(node: Node): Node | undefined;
  /** Remembers that the value at `node` is wrong. */
  complain(node: Node, fault: Fault): void;
  /** How often there was reason to complain so far. */
  complaintCount(): number;
  /** @throws ExporterError WEB_CONFIG at the first complaint, naming the others behind it */
  finish(): void;
}

/** Parses `text`, that `file` holds. Bad syntax and duplicate keys are complaints already. */
export function openYaml(text: string, file: string): YamlSource {
  const lines = new LineCounter();
  const document = parseDocument(text, { schema: "failsafe", prettyErrors: false, lineCounter: lines });
  const complaints: Complaint[] = [];
  const add = (offset: number, fault: Fault): void => {
    const { line, col } = lines.linePos(offset);
    complaints.push({ where: `${file}:${line}:${col}`, ...fault });
  };
  for (const error of document.errors) add(error.pos[0], syntaxFault(error));
  const complain = (node: Node, fault: Fault): void => add(node.range?.[0] ?? 0, fault);
  return {
    root: document.contents ?? undefined,
    resolve(node) {
      if (!isAlias(node)) return node;
      const target = node.resolve(document);
      if (target === undefined) complain(node, { want: "an anchor above", got: `*${node.source} without one` });
      return target;
    },
    complain,
    complaintCount: () => complaints.length,
    finish: () => raise(complaints),
  };
}

/** A plain scalar that YAML 1.1 takes for "no value". */
export function isNull(node: Node): boolean {
  return isPlain(node) && /^(?:|~|null|Null|NULL)$/.test(textOf(node));
}

/** A scalar without quotes, which may therefore be a number or a boolean. */
export function isPlain(node: Node): node is Scalar {
  return isScalar(node) && node.type === "PLAIN";
}

/** The text of a scalar, its quotes and escapes resolved. */
export function textOf(node: Scalar): string {
  return typeof node.value === "string" ? node.value : "";
}

/** The parser's message without the source it quotes, which may be a key or a password's hash. */
function syntaxFault(error: YAMLError): Fault {
  if (error.code === "DUPLICATE_KEY") return { want: "each key once", got: "a duplicate" };
  if (error.code === "MULTIPLE_DOCS") return { want: "one YAML document", got: "a second one" };
  return { want: "valid YAML", got: `an error: ${error.message.replace(/:.*$/s, "")}` };
}

function raise(complaints: readonly Complaint[]): void {
  const [first, ...others] = complaints;
  if (first === undefined) return;
  const more = others.map(({ where, want, got }) => `, and at ${where}: want ${want}, got ${got}`);
  throw new ExporterError("WEB_CONFIG", { where: first.where, want: first.want, got: first.got + more.join("") });
}
