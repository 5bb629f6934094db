/** Finds the mirror from which this machine's apt fetches Debian. It reads apt's files and downloads nothing. */

import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** An archive that apt knows. */
export interface Source {
  readonly uri: string;
  readonly suites: readonly string[];
  readonly components: readonly string[];
}

const words = (text: string | undefined): string[] => (text ?? "").split(/\s+/).filter((word) => word !== "");

/** Reads the one-line form of sources.list(5): `deb [options] uri suite component...`. */
export function parseSourcesList(text: string): Source[] {
  return text.split("\n").flatMap((line) => {
    const match = /^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s*(.*)$/.exec(line.replace(/#.*/, ""));
    if (match === null) return [];
    return [{ uri: match[1] ?? "", suites: [match[2] ?? ""], components: words(match[3]) }];
  });
}

/** Splits a file of deb822 form, sources.list(5) or a Packages index, into its stanzas' fields. Continuation lines are joined by a space. */
export function* parseStanzas(text: string): Generator<ReadonlyMap<string, string>> {
  for (const stanza of text.split(/\n(?:[ \t]*\n)+/)) {
    const lines = stanza.replace(/^#.*\n?/gm, "").replace(/\n[ \t]+/g, " ");
    const fields = [...lines.matchAll(/^([\w-]+):[ \t]*(.*)$/gm)].map(
      ([, key = "", value = ""]) => [key, value] as const,
    );
    if (fields.length > 0) yield new Map(fields);
  }
}

function parseSourcesStanzas(text: string): Source[] {
  return [...parseStanzas(text)].flatMap((fields) => {
    if (!words(fields.get("Types")).includes("deb") || fields.get("Enabled") === "no") return [];
    const suites = words(fields.get("Suites"));
    const components = words(fields.get("Components"));
    return words(fields.get("URIs")).map((uri) => ({ uri, suites, components }));
  });
}

function readSources(root: string): Source[] {
  const folder = join(root, "sources.list.d");
  const parts = existsSync(folder) ? readdirSync(folder).sort() : [];
  return ["sources.list", ...parts.map((part) => join("sources.list.d", part))].flatMap((name) => {
    const path = join(root, name);
    if (!existsSync(path)) return [];
    if (name.endsWith(".sources")) return parseSourcesStanzas(readFileSync(path, "utf8"));
    return name.endsWith(".list") ? parseSourcesList(readFileSync(path, "utf8")) : [];
  });
}

const debianSuites = /^(?:bullseye|bookworm|trixie|forky|sid|oldstable|stable|testing|unstable)$/;

/**
 * The mirror from which apt fetches Debian's own suites; it has all of them.
 *
 * @param advice appended to the error: what helps
 *
 * @throws Error where apt knows none
 */
export function findMirror(root = "/etc/apt", advice = "; give --mirror=URL"): string {
  const isMirror = ({ uri, suites, components }: Source): boolean =>
    /^https?:/.test(uri) && components.includes("main") && suites.some((suite) => debianSuites.test(suite));
  const source = readSources(root).find(isMirror);
  if (source === undefined) throw new Error(`${root}: want a source of a Debian suite with main, got none${advice}`);
  return source.uri.replace(/\/+$/, "");
}
