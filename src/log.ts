/** Formats log messages as lines of JSON or logfmt, through pino. src/output writes the lines. */

import { pino, type Logger } from "pino";
import type { LogFormat, LogLevel } from "./flags.ts";

/** The log as the other parts use it. pino's logger fits. */
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

/** Formats one JSON object as a logfmt line. Of an error only the message is shown, not the stack. */
export function formatLogfmt(record: Readonly<Record<string, unknown>>): string {
  const words = Object.entries(record).map(([key, value]) => {
    const shown =
      key === "err" && typeof value === "object" && value !== null && "message" in value ? value.message : value;
    return `${key}=${formatValue(shown)}`;
  });
  return `${words.join(" ")}\n`;
}

/** @param write called with each line; must neither throw nor block */
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
