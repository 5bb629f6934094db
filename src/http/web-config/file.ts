/**
 * The web configuration file on disk. Each `read` reads the file, because its size and time do not show every change and reading
 * takes only about 5 µs. The text is parsed again only if it has changed.
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

/** Does not open the file yet. */
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

/** Turns any caught value into an ExporterError of this file. */
export function webConfigError(cause: unknown, path: string): ExporterError {
  if (cause instanceof ExporterError) return cause;
  return new ExporterError("WEB_CONFIG", {
    where: path,
    want: "a usable web configuration",
    got: reasonOf(cause),
    cause,
  });
}

/** The message of a caught value, without the class name. The value need not be an instance of this realm's Error. */
export function reasonOf(cause: unknown): string {
  return String(cause).replace(/^[A-Za-z]*Error: /, "");
}
