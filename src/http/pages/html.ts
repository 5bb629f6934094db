/** Text as HTML. What is put into a template is escaped, so that no name of a process can become markup. */

/** HTML that is safe to send. Only the template tag below makes it. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** What can be put into a template. `undefined` and `false` are nothing. */
export type Part = Html | string | number | undefined | false | readonly Part[];

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Control characters and marks of direction: they are shown as U+FFFD, since they could turn the text beside them. */
const unsafe = /[\p{Cc}\p{Bidi_Control}\p{Surrogate}]/gu;

export function escapeHtml(text: string): string {
  return text.replace(unsafe, "\ufffd").replace(/[&<>"']/g, (character) => entities[character] as string);
}

function write(part: Part): string {
  if (part === undefined || part === false) return "";
  if (part instanceof Html) return part.text;
  if (typeof part === "object") return part.map(write).join("");
  return escapeHtml(String(part));
}

/** Fills a template: texts are escaped, HTML is not. Values of attributes must stand in quotes. */
export function html(template: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(template.reduce((text, piece, index) => text + write(parts[index - 1]) + piece));
}
