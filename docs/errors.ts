/** docs/errors.md from the table of errors. */

import { errorTable, type ErrorClass } from "../src/base/errors.ts";

const classes: Readonly<Record<ErrorClass, string>> = {
  operator: "What you can mend",
  kernel: "What the kernel refuses",
  socket: "What breaks between the two",
  bytes: "What cannot be read",
};

function renderClass(name: ErrorClass): string {
  const rows = Object.entries(errorTable)
    .filter(([, row]) => row.class === name)
    .map(([code, { meaning, remedy }]) => `| \`${code}\` | ${escape(meaning)} | ${escape(remedy)} |`);
  return `## ${classes[name]}\n\n| code | meaning | what to do |\n| --- | --- | --- |\n${rows.join("\n")}\n`;
}

const escape = (text: string): string => text.replaceAll("|", "\\|");

export function renderErrors(): string {
  const parts = (Object.keys(classes) as ErrorClass[]).map(renderClass);
  return `# Errors

Made by \`npm run docs\` from \`src/base/errors.ts\`. Every message has the form \`CODE at WHERE: want X, got Y; do Z\`. The codes
are the values of the label \`code\` of \`taskstats_exporter_scrape_errors_total\` and \`taskstats_exporter_malformed_messages_total\`.

${parts.join("\n")}`;
}
