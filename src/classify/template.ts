/**
 * Templates of names and labels, with `{{...}}` in them. They are the part of Go's text/template that users of process-exporter
 * write: conditions, loops, pipes and functions other than `index` are faults. Source: https://pkg.go.dev/text/template.
 */

import type { FactName, ProcessFacts } from "./process-facts.ts";
import type { Captures } from "./pattern.ts";
import type { Compiled } from "./rule.ts";
import { compileAction, type ShownMatch, type Show } from "./template-action.ts";
import { splitTemplate } from "./template-pieces.ts";

export interface Template {
  /** As the configuration writes it. */
  readonly text: string;
  /** The facts that are shown, besides tgid and comm. `render` must not be called before all of them are known. */
  readonly needs: readonly FactName[];
  /** The named groups of the rule's patterns that are shown, with the place of each action. */
  readonly matches: readonly (ShownMatch & { readonly at: number })[];
  /** True where the capture without a name is shown, alone or in the map of all captures. */
  readonly showsUnnamed: boolean;
  /** True without any action: the text is then the same for all processes. */
  readonly fixed: boolean;
  /** True where the id of the process is shown. */
  readonly individual: boolean;
  /** Where an index is too large, the text ends before that action, as in process-exporter. */
  render(facts: ProcessFacts, captures: Captures): string;
}

/** Compiles a template. The `at` of a fault is the place of the action that is wrong. */
export function compileTemplate(text: string): Compiled<Template> {
  const { value: pieces, fault } = splitTemplate(text);
  if (fault !== undefined) return { fault };
  const shows: (string | Show)[] = [];
  const needs = new Set<FactName>();
  const matches: Template["matches"][number][] = [];
  let individual = false;
  for (const piece of pieces) {
    if (typeof piece === "string") {
      shows.push(piece);
      continue;
    }
    const { value: action, fault } = compileAction(piece);
    if (fault !== undefined) return { fault };
    shows.push(action.show);
    if (action.needs !== undefined) needs.add(action.needs);
    individual ||= action.individual === true;
    if (action.match !== undefined) matches.push({ ...action.match, at: piece.at });
  }
  const fixed = shows.every((show) => typeof show === "string");
  const showsUnnamed = matches.some(({ name = "" }) => name === "");
  return { value: { text, needs: [...needs], matches, showsUnnamed, fixed, individual, render: rendererOf(shows) } };
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
