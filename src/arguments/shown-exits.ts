/** Reads the flags of `events` that say which exits it shows. */

import type { ExporterError } from "../base/errors.ts";
import { durationForm, parseDuration } from "../base/quantity.ts";
import type { ShownExits } from "../commands/events/exit-filter.ts";
import { isExitCode } from "../fields/exit-status.ts";
import type { FlagName } from "../flags.ts";
import type { Arguments } from "./parse.ts";

type Values = Arguments["values"];

/** Makes the error for a bad value. */
type Fail = (name: FlagName, want: string, got: string) => ExporterError;

const codeForm = "an exit code from 0 to 255, the name of a signal such as SIGKILL, or failed";

/** @throws ExporterError FLAG_VALUE */
function parseLifetime(values: Values, name: "min-lifetime" | "max-lifetime", fail: Fail): number | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  const parsed = parseDuration(String(text));
  if (parsed === undefined) throw fail(name, durationForm, String(text));
  return parsed;
}

/** @throws ExporterError FLAG_VALUE */
export function parseShownExits(values: Values, fail: Fail): ShownExits {
  const list = (name: "group" | "code"): readonly string[] => (values[name] as readonly string[] | undefined) ?? [];
  const codes = list("code");
  const bad = codes.find((code) => code !== "failed" && !isExitCode(code));
  if (bad !== undefined) throw fail("code", codeForm, bad);
  const minLifetimeMs = parseLifetime(values, "min-lifetime", fail);
  const maxLifetimeMs = parseLifetime(values, "max-lifetime", fail);
  if (minLifetimeMs !== undefined && maxLifetimeMs !== undefined && maxLifetimeMs < minLifetimeMs)
    throw fail("max-lifetime", "no less than --min-lifetime", String(values["max-lifetime"]));
  return { groups: list("group"), codes, minLifetimeMs, maxLifetimeMs };
}
