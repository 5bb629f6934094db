/** The part of docs/architecture.md about the layers: their picture and their table, both made from test/layers.ts. */

import { readFileSync } from "node:fs";
import { layers, onlyIn, pure, topHolds } from "../test/layers.ts";

const begin = "<!-- layers: npm run docs writes this from test/layers.ts -->";
const end = "<!-- layers: end -->";

const topName = "the top";

const importsOf = (layer: string): readonly string[] => layers[layer]?.imports ?? [];

/** All layers that are reached from this one by one import or more. */
function reached(layer: string): ReadonlySet<string> {
  return new Set(importsOf(layer).flatMap((below) => [below, ...reached(below)]));
}

/** Without those that are also reached through another one of the list. */
function direct(names: readonly string[]): string[] {
  return names.filter((name) => !names.some((other) => reached(other).has(name)));
}

function renderPicture(): string {
  const edges = Object.keys(layers)
    .map((layer) => [layer, direct(importsOf(layer))] as const)
    .filter(([, below]) => below.length > 0)
    .reverse();
  const lines = [[`top[${topName}]`, direct(Object.keys(layers))] as const, ...edges].map(
    ([from, below]) => `  ${from} --> ${below.join(" & ")}`,
  );
  return ["```mermaid", "graph TD", ...lines, "```"].join("\n");
}

const code = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(", ");

/** The shorter of two forms: the names, or all layers but those that are not named. */
function renderImports(layer: string, imports: readonly string[]): string {
  const others = Object.keys(layers).filter((name) => name !== layer && !imports.includes(name));
  return imports.length <= others.length ? code(imports) : `all but ${code(others)}`;
}

function renderTable(): string {
  const rows = Object.entries(layers).map(([layer, { holds, imports }]) => {
    const purity = pure.includes(layer) ? ". Pure: neither Node.js nor a clock" : "";
    return `| \`${layer}\` | ${holds}${purity} | ${renderImports(layer, imports)} |`;
  });
  return ["| layer | holds | may import |", "| --- | --- | --- |", ...rows, `| ${topName} | ${topHolds} | all |`].join(
    "\n",
  );
}

function renderPackages(): string {
  const rows = Object.entries(onlyIn).map(([name, places]) => `| ${name} | ${code(places)} |`);
  return ["| package | imported only in |", "| --- | --- |", ...rows].join("\n");
}

/** The whole document, with the part between the markers made anew. @throws Error where a marker is missing */
export function renderArchitecture(): string {
  const text = readFileSync(new URL("architecture.md", import.meta.url), "utf8");
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`docs/architecture.md has no part between ${begin} and ${end}`);
  const part = [begin, renderPicture(), renderTable(), renderPackages()].join("\n\n");
  return `${text.slice(0, from)}${part}\n\n${text.slice(to)}`;
}
