/** Turns an issue of the schema into a complaint with its place in the file. */

import type { BaseIssue } from "valibot";

import type { Fault, YamlSource } from "../yaml/source.ts";
import type { Located } from "../yaml/value.ts";
import { nearest } from "./nearest.ts";

type Issue = BaseIssue<unknown>;

interface Place {
  readonly node: Located["node"];
  /** Index of a character in the node's text. */
  readonly at?: number;
}

/** Adds a complaint to `source` for `issue`. @param root the values that the schema has checked */
export function complainOf(issue: Issue, root: Located, source: YamlSource): void {
  const { node, at } = placeOf(issue, root);
  source.complain(node, faultOf(issue), at);
}

/** Follows the issue's path from `root`. A step that leads to no value is the index of a character (see `compilable`). */
function placeOf(issue: Issue, root: Located): Place {
  let at = root;
  for (const step of issue.path ?? []) {
    const entry = at.entries?.get(String(step.key));
    const isKey = step.origin === "key" || (issue.type === "never" && step === issue.path?.at(-1));
    if (entry !== undefined && isKey) return { node: entry.key };
    const next: Located | undefined = entry?.at ?? at.items?.[Number(step.key)];
    if (next === undefined) return { node: at.node, at: Number(step.key) };
    at = next;
  }
  return { node: at.node };
}

function faultOf(issue: Issue): Fault {
  if (issue.type === "never") return unknownKey(String(issue.path?.at(-1)?.key), issue.message.split(", "));
  // For issues of kind "schema", `received` is JavaScript's name of a type, so that the value itself is described instead.
  const got = issue.kind === "schema" ? shown(issue.input) : issue.received;
  return { want: issue.message, got: shorten(got) };
}

function unknownKey(key: string, names: readonly string[]): Fault {
  const meant = nearest(key, names);
  const fault = {
    want: names.length === 1 ? String(names[0]) : `one of ${names.join(", ")}`,
    got: JSON.stringify(key),
  };
  return meant === undefined ? fault : { ...fault, remedy: `did you mean ${meant}?` };
}

function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return "a list";
  return value === null ? "nothing" : "a mapping";
}

function shorten(text: string): string {
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
