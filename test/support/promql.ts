/** Reads the names in a PromQL expression: metrics with the labels that select them, and labels of groupings and joins. */

import { parser } from "@prometheus-io/lezer-promql";

type SyntaxNode = ReturnType<typeof parser.parse>["topNode"];

export interface Matcher {
  readonly label: string;
  /** The text between the quotes; a regular expression where `operator` has a tilde. */
  readonly value: string;
  readonly operator: string;
}

export interface Selector {
  /** Undefined where it selects by labels alone. */
  readonly metric: string | undefined;
  readonly matchers: readonly Matcher[];
}

export interface ParsedQuery {
  readonly selectors: readonly Selector[];
  /** The labels of `by`, `without`, `on`, `ignoring` and `group_left`. */
  readonly groupings: readonly string[];
}

function nodes(expr: string, name: string): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  parser.parse(expr).iterate({
    enter: ({ node, type }) => {
      if (type.name === name) found.push(node);
    },
  });
  return found;
}

/** @throws Error with the place where it is no PromQL */
export function parsePromql(expr: string): ParsedQuery {
  const textOf = (node: SyntaxNode | null): string => (node === null ? "" : expr.slice(node.from, node.to));
  parser.parse(expr).iterate({
    enter: ({ type, from }) => {
      if (type.isError) throw new Error(`no PromQL at ${from}: ${expr.slice(0, from)} >>> ${expr.slice(from)}`);
    },
  });
  const matchersOf = (selector: SyntaxNode): Matcher[] =>
    (selector.getChild("LabelMatchers")?.getChildren("UnquotedLabelMatcher") ?? []).map((matcher) => ({
      label: textOf(matcher.getChild("LabelName")),
      value: textOf(matcher.getChild("StringLiteral")).slice(1, -1),
      operator: textOf(matcher.getChild("MatchOp")),
    }));
  return {
    selectors: nodes(expr, "VectorSelector").map((selector) => ({
      metric: textOf(selector.getChild("Identifier")) || undefined,
      matchers: matchersOf(selector),
    })),
    groupings: nodes(expr, "GroupingLabels").flatMap((list) => list.getChildren("LabelName").map(textOf)),
  };
}
