/** The actions that a template may hold, each with the fact that it shows. A new field is a new row of `fields`. */

import { findContainer, findUnit } from "./container.ts";
import { baseName, formatList, formatMap, formatTime } from "./go-text.ts";
import type { FactName, ProcessFacts } from "./process-facts.ts";
import type { Captures } from "./pattern.ts";
import type { Compiled, Fault } from "./rule.ts";
import type { ActionText } from "./template-pieces.ts";

/** Returns the text that an action shows; undefined where Go would stop with an error. */
export type Show = (facts: ProcessFacts, captures: Captures) => string | undefined;

export interface Action {
  readonly show: Show;
  readonly needs?: FactName;
  /** True where the text differs from process to process. */
  readonly individual?: true;
  /** The named group of a pattern that the action shows. */
  readonly match?: ShownMatch;
}

export interface ShownMatch {
  /** "" is the capture without a name. Undefined stands for all captures, shown as a map. */
  readonly name: string | undefined;
  /** What is shown where no pattern has such a group. As in Go: `<no value>` for `.Matches.NAME`, nothing for `index`. */
  readonly missing: string;
}

/** The fields, by name. A template is rendered only when all facts in `needs` are known. */
const fields: ReadonlyMap<string, Action> = new Map<string, Action>([
  ["Comm", { show: ({ comm }) => comm }],
  // A command name may hold a slash, and has no base name: it is shown as it is.
  ["ExeBase", { needs: "argv", show: ({ argv, comm }) => (argv?.[0] === undefined ? comm : baseName(argv[0])) }],
  ["ExeFull", { needs: "argv", show: ({ argv, comm }) => argv?.[0] ?? comm }],
  ["Username", { needs: "effectiveUser", show: ({ effectiveUser = "" }) => effectiveUser }],
  ["PID", { individual: true, show: ({ tgid }) => String(tgid) }],
  ["StartTime", { needs: "startTime", show: ({ startTime = 0 }) => formatTime(startTime) }],
  ["Cgroups", { needs: "cgroups", show: ({ cgroups = [] }) => formatList(cgroups) }],
  ["Unit", { needs: "cgroups", show: ({ cgroups = [] }) => findUnit(cgroups) ?? "" }],
  ["ContainerID", { needs: "cgroups", show: ({ cgroups = [] }) => findContainer(cgroups)?.ids[0] ?? "" }],
  ["PodUID", { needs: "cgroups", show: ({ cgroups = [] }) => findContainer(cgroups)?.podUid ?? "" }],
]);

const want = `one of ${[...fields.keys()].map((name) => `{{.${name}}}`).join(", ")}, {{.Matches.NAME}}, {{.Matches}}, {{index .Cgroups 0}}, {{index .Matches "NAME"}}`;

/** Keywords of Go's templates. */
const keywords = /^(?:if|else|end|range|with|template|define|block|break|continue|nil)\b/;

function describe(text: string): string {
  if (text === "") return "an empty action";
  const keyword = keywords.exec(text)?.[0];
  if (keyword !== undefined) return `the action ${keyword}`;
  if (text.includes("|")) return `the pipe in {{${text}}}`;
  const field = /^\.([\p{L}_][\p{L}\p{Nd}_]*)$/u.exec(text)?.[1];
  if (field !== undefined) return `the field .${field}`;
  const called = /^([\p{L}_][\p{L}\p{Nd}_]*)(?=\s|$)/u.exec(text)?.[1];
  if (called !== undefined && called !== "index") return `the function ${called}`;
  return `{{${text}}}`;
}

function showMatch(name: string, missing: string): Action {
  return { match: { name, missing }, show: (_facts, captures) => captures.get(name) ?? missing };
}

const showAllMatches: Action = {
  match: { name: undefined, missing: "map[]" },
  show: (_facts, captures) => formatMap(captures),
};

function parseAction(text: string): Action | undefined {
  const field = fields.get(text.slice(1));
  if (field !== undefined && text.startsWith(".")) return field;
  if (text === ".Matches") return showAllMatches;
  const named = /^\.Matches\.([\p{L}_][\p{L}\p{Nd}_]*)$/u.exec(text)?.[1];
  if (named !== undefined) return showMatch(named, "<no value>");
  const indexed = /^index[ \t\r\n]+\.Matches[ \t\r\n]+(["`])([^"`\\\r\n]*)\1$/.exec(text)?.[2];
  if (indexed !== undefined) return showMatch(indexed, "");
  const position = /^index[ \t\r\n]+\.Cgroups[ \t\r\n]+(0|[1-9]\d{0,5})$/.exec(text)?.[1];
  if (position !== undefined) return { needs: "cgroups", show: ({ cgroups }) => cgroups?.[Number(position)] };
  return undefined;
}

/** Compiles the text between `{{` and `}}`. */
export function compileAction({ text, at }: ActionText): Compiled<Action> {
  const action = parseAction(text);
  if (action !== undefined) return { value: action };
  const fault: Fault = { want, got: describe(text), at };
  return { fault };
}
