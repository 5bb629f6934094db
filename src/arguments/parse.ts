/** Splits a command line into flags and words. The error for an unknown flag suggests the flag that was probably meant. */

import { parseArgs, type ParseArgsConfig } from "node:util";
import { ExporterError } from "../base/errors.ts";
import { nearest } from "../config/nearest.ts";
import { flags, type FlagName, type FlagRow } from "../flags.ts";
import { insteadOfForeign } from "./process-exporter.ts";
import { programName } from "./program-name.ts";

export interface Arguments {
  /** The values of the flags that were given. A flag that may be repeated has a list. */
  readonly values: Readonly<Partial<Record<FlagName, string | boolean | readonly string[]>>>;
  /** The words that are neither flags nor their values. */
  readonly words: readonly string[];
}

/** The remedy for a command line that was not understood. */
export const askForHelp = `run ${programName} --help`;

const rows: Readonly<Record<string, FlagRow>> = flags;
const names = Object.keys(rows);

/** Finds the flag with this name. A switch is found by its opposite (`no-NAME`) too. */
function flagOf(written: string): FlagRow | undefined {
  if (Object.hasOwn(rows, written)) return rows[written];
  const positive = written.startsWith("no-") ? written.slice(3) : "";
  const row = Object.hasOwn(rows, positive) ? rows[positive] : undefined;
  return row?.kind === "switch" ? row : undefined;
}

function remedyFor(name: string, value: string, isKnown: boolean): string {
  if (isKnown) {
    const isOff = rows[name]?.kind === "switch" && value === "=false";
    return `flags follow two dashes: --${isOff ? "no-" : ""}${name}${isOff ? "" : value}`;
  }
  const instead = insteadOfForeign(name);
  if (instead !== undefined) return `this is process-exporter's: ${instead}`;
  const meant = nearest(name, names);
  return meant === undefined ? askForHelp : `did you mean --${meant}? Otherwise ${askForHelp}`;
}

/** @throws ExporterError FLAG_UNKNOWN for a flag that is not this program's */
function checkKnown(argument: string): void {
  const [, dashes = "", name = "", value = ""] = /^(--?)([^=]+)(.*)$/s.exec(argument) ?? [];
  const isShort = dashes === "-" && name.length === 1 && names.some((long) => rows[long]?.short === name);
  const isKnown = flagOf(name) !== undefined;
  if (name === "" || isShort || (dashes === "--" && isKnown)) return;
  throw new ExporterError("FLAG_UNKNOWN", {
    where: "command line",
    want: "a flag of this program",
    got: `${dashes}${name}`,
    remedy: remedyFor(name, value, isKnown),
  });
}

const options: NonNullable<ParseArgsConfig["options"]> = Object.fromEntries(
  Object.entries(rows).map(([name, { kind, short, repeat = false }]) => [
    name,
    { type: kind === "switch" ? "boolean" : "string", multiple: repeat, ...(short === undefined ? {} : { short }) },
  ]),
);

/** @throws ExporterError FLAG_VALUE for a value that is missing, or that a switch does not take */
function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, allowNegative: true, tokens: true });
  } catch (cause) {
    const { message } = cause as Error;
    const name = /--([\w.-]+)/.exec(message)?.[1] ?? "";
    const where = `--${name}`;
    if (rows[name]?.kind === "switch") {
      const remedy = `give --${name} for yes, --no-${name} for no`;
      throw new ExporterError("FLAG_VALUE", {
        where,
        want: "no value, since it is a switch",
        got: "one",
        remedy,
        cause,
      });
    }
    throw new ExporterError("FLAG_VALUE", { where, want: "a value", got: "none", remedy: `${where}=VALUE`, cause });
  }
}

/**
 * Parses a command line, without the program's name.
 *
 * @throws ExporterError FLAG_UNKNOWN, FLAG_VALUE
 */
export function parseArguments(args: readonly string[]): Arguments {
  const end = args.indexOf("--");
  args.slice(0, end < 0 ? args.length : end).forEach((argument) => checkKnown(argument));
  const { values, positionals, tokens } = parse(args);
  const given = new Set<string>();
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const { name, value } = token;
    const where = `--${name}`;
    if (given.has(name) && rows[name]?.repeat !== true) {
      const remedy = "leave one of them out";
      throw new ExporterError("FLAG_VALUE", { where, want: "to be given once", got: "it twice", remedy });
    }
    if (value === "") {
      const remedy = "give it a value, or leave it out for the default";
      throw new ExporterError("FLAG_VALUE", { where, want: "a value", got: "an empty one", remedy });
    }
    given.add(name);
  }
  return { values, words: positionals };
}
