/**
 * Names and labels with `{{...}}` in them: of Go's text/template the part that users of process-exporter write.
 * Conditions, loops, pipes and functions other than `index` are faults. Source: https://pkg.go.dev/text/template.
 */

import type { FactName, ProcessFacts } from "./process-facts.ts";
import type { Captures } from "./pattern.ts";
import type { Compiled } from "./rule.ts";
import { compileAction, type ShownMatch, type Show } from "./template-action.ts";
import { splitTemplate } from "./template-pieces.ts";

export interface Template {
  /** As it was written. */
  readonly text: string;
  /** What it asks for beyond tgid and comm; `render` must not be called before all of it is known. */
  readonly needs: readonly FactName[];
  /** What it shows of the rule's patterns, with the place of each action. */
  readonly matches: readonly (ShownMatch & { readonly at: number })[];
  /** Whether it shows what has no name in a pattern: the map as a whole does, too. */
  readonly showsUnnamed: boolean;
  /** It holds no action: what it renders is the same for all processes. */
  readonly fixed: boolean;
  /** An index beyond the end ends the text where it stands, as it does in process-exporter. */
  render(facts: ProcessFacts, captures: Captures): string;
}

/** Compiles a template; a fault's `at` is the place of the action. */
export function compileTemplate(text: string): Compiled<Template> {
  const { value: pieces, fault } = splitTemplate(text);
  if (fault !== undefined) return { fault };
  const shows: (string | Show)[] = [];
  const needs = new Set<FactName>();
  const matches: Template["matches"][number][] = [];
  for (const piece of pieces) {
    if (typeof piece === "string") {
      shows.push(piece);
      continue;
    }
    const { value: action, fault } = compileAction(piece);
    if (fault !== undefined) return { fault };
    shows.push(action.show);
    if (action.needs !== undefined) needs.add(action.needs);
    if (action.match !== undefined) matches.push({ ...action.match, at: piece.at });
  }
  const fixed = shows.every((show) => typeof show === "string");
  const showsUnnamed = matches.some(({ name = "" }) => name === "");
  return { value: { text, needs: [...needs], matches, showsUnnamed, fixed, render: rendererOf(shows) } };
}

function rendererOf(shows: readonly (string | Show)[]): Template["render"] {
  return (facts, captures) => {
    let rendered = "";
    for (const show of shows) {
      const shown = typeof show === "string" ? show : show(facts, captures);
      if (shown === undefined) break;
      rendered += shown;
    }
    return rendered;
  };
}
