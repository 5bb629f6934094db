/**
 * The web configuration file on disk. It is read again each time somebody asks, and parsed again only when its text has changed:
 * its size and time would not tell every change, and reading a file of this size takes some 5 µs.
 */
import { ExporterError } from "../../base/errors.ts";
import { readText } from "../../yaml/file.ts";
import { parseWebConfig } from "./config.ts";
import type { WebConfig } from "./config.ts";

/** A file that may change at any time. */
export interface WebConfigFile {
  readonly path: string;
  /** The configuration as it is now. @throws ExporterError WEB_CONFIG */
  read(): WebConfig;
}

/** Makes `path` readable; opens nothing yet. */
export function createWebConfigFile(path: string): WebConfigFile {
  let known: { readonly text: string; readonly config: WebConfig } | undefined;
  return {
    path,
    read() {
      const text = readText(path, "WEB_CONFIG");
      if (known?.text !== text) known = { text, config: parseWebConfig(text, path) };
      return known.config;
    },
  };
}

/** Any caught value as an error of this file. */
export function webConfigError(cause: unknown, path: string): ExporterError {
  if (cause instanceof ExporterError) return cause;
  return new ExporterError("WEB_CONFIG", {
    where: path,
    want: "a usable web configuration",
    got: reasonOf(cause),
    cause,
  });
}

/** The message of a caught value, which need not be an Error of this realm. */
export function reasonOf(cause: unknown): string {
  return String(cause).replace(/^[A-Za-z]*Error: /, "");
}
