/** Logs on standard error, as JSON or logfmt, through pino. */

import { pino, type Logger } from "pino";

/** The messages of a run; pino's logger is one. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export const logLevels = ["debug", "info", "warn", "error"] as const;
export const logFormats = ["logfmt", "json"] as const;

export type LogLevel = (typeof logLevels)[number];
export type LogFormat = (typeof logFormats)[number];

function formatValue(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return /^[^\s"=\\]+$/.test(text) ? text : JSON.stringify(text);
}

/** One JSON object as a logfmt line; an error's stack is left out, its message is the figure. */
export function formatLogfmt(record: Readonly<Record<string, unknown>>): string {
  const words = Object.entries(record).map(([key, value]) => {
    const shown =
      key === "err" && typeof value === "object" && value !== null && "message" in value ? value.message : value;
    return `${key}=${formatValue(shown)}`;
  });
  return `${words.join(" ")}\n`;
}

/** A destination that turns pino's JSON lines into logfmt. */
const logfmtDestination = {
  write(line: string): void {
    process.stderr.write(formatLogfmt(JSON.parse(line) as Record<string, unknown>));
  },
};

export function createLog({ level, format }: { readonly level: LogLevel; readonly format: LogFormat }): Logger {
  const options = {
    level,
    base: null,
    messageKey: "msg",
    timestamp: () => `,"ts":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return format === "json"
    ? pino(options, pino.destination({ dest: 2, sync: true }))
    : pino(options, logfmtDestination);
}
