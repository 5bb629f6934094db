/** Makes lines of messages, as JSON or logfmt, through pino. Where they go is src/output's business. */

import { pino, type Logger } from "pino";
import type { LogFormat, LogLevel } from "./flags.ts";

/** The messages of a run; pino's logger is one. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

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

/** @param write takes each line, and neither throws nor waits */
export function createLog(
  { level, format }: { readonly level: LogLevel; readonly format: LogFormat },
  write: (line: string) => void,
): Logger {
  const options = {
    level,
    base: null,
    messageKey: "msg",
    timestamp: () => `,"ts":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  const writeLogfmt = (line: string): void => write(formatLogfmt(JSON.parse(line) as Record<string, unknown>));
  return pino(options, { write: format === "json" ? write : writeLogfmt });
}
