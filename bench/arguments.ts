/** Parses the flags of a benchmark. */

import { parseArgs } from "node:util";

/** The numbers that a benchmark takes, by flag, with their defaults. */
export type Numbers = Readonly<Record<string, number>>;

export interface Arguments<T extends Numbers> {
  readonly numbers: T;
  /** Folder for the exporter's CPU profile; undefined for none. */
  readonly profileFolder: string | undefined;
}

/** @throws Error for an unknown flag or a number that is none */
export function parseArguments<T extends Numbers>(args: readonly string[], defaults: T): Arguments<T> {
  const flags = [...Object.keys(defaults), "cpu-prof"];
  const options = Object.fromEntries(flags.map((flag) => [flag, { type: "string" as const }]));
  const { values } = parseArgs({ args: [...args], options, strict: true });
  const numbers = Object.entries(defaults).map(([flag, fallback]) => [flag, parseCount(flag, values[flag], fallback)]);
  return { numbers: Object.fromEntries(numbers) as T, profileFolder: values["cpu-prof"] };
}

function parseCount(flag: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new Error(`--${flag}: want a number from 1 on, got ${text}`);
}

/** Flags of node that write a CPU profile into the folder when the program ends. */
export function profilerFlags(folder: string | undefined): string[] {
  return folder === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${folder}`];
}
