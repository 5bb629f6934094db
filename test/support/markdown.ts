/** Parts of a Markdown document that tests run or compare: its sections and its fenced blocks. */

export interface Fence {
  /** What follows the opening fence: `console`, `diff`; empty where nothing does. */
  readonly language: string;
  /** The lines without the fences' indentation, joined. */
  readonly text: string;
  /** The prose between the fence before, or the beginning, and this one. */
  readonly before: string;
}

/** The text below a heading, up to the next heading of the same level. @throws Error where there is no such heading */
export function sectionOf(markdown: string, heading: string): string {
  const level = /^#+ /.exec(heading)?.[0] ?? "";
  const lines = markdown.split("\n");
  const from = lines.indexOf(heading);
  if (from < 0) throw new Error(`no heading ${heading}`);
  const length = lines.slice(from + 1).findIndex((line) => line.startsWith(level));
  return lines.slice(from + 1, length < 0 ? undefined : from + 1 + length).join("\n");
}

/** All fenced blocks, in their order. */
export function fencesOf(markdown: string): Fence[] {
  const fences: Fence[] = [];
  let rest = markdown;
  for (;;) {
    const match = /^( *)```(\w*)\n([\s\S]*?)^\1```$/m.exec(rest);
    if (match === null) return fences;
    const [whole, indent = "", language = "", body = ""] = match;
    const lines = body.split("\n").slice(0, -1);
    const text = lines.map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line)).join("\n");
    fences.push({ language, text, before: rest.slice(0, match.index) });
    rest = rest.slice(match.index + whole.length);
  }
}

/** All code spans of prose, fenced blocks left out. */
export function codeSpansOf(markdown: string): string[] {
  const prose = markdown.replace(/^( *)```[\s\S]*?^\1```$/gm, "");
  return [...prose.matchAll(/`([^`]+)`/g)].map(([, text = ""]) => text);
}
