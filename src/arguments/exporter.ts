/** Which exporter `top` asks, or whether it collects itself. */

import { ExporterError } from "../base/errors.ts";
import { flags, type FlagName, type FlagRow } from "../flags.ts";
import type { Arguments } from "./parse.ts";

type Values = Arguments["values"];

/** Flags of `top` that do not say how to collect. */
const ofShowing: ReadonlySet<FlagName> = new Set(["exporter", "sort", "once", "json", "harden"]);

/** The flags that were given and say how `top` is to collect. */
const listOfCollecting = (values: Values): readonly FlagName[] =>
  (Object.keys(values) as FlagName[]).filter((name) => {
    const { only }: FlagRow = flags[name];
    return name === "path.procfs" || (only?.includes("top") === true && !ofShowing.has(name));
  });

/** Whether flags say how to collect. */
export const collectsItself = (values: Values): boolean => listOfCollecting(values).length > 0;

function parseUrl(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === "http:" || url?.protocol === "https:" ? url : undefined;
}

/**
 * @param badFlag makes the error of a bad value
 * @throws ExporterError FLAG_VALUE
 */
export function parseExporter(
  values: Values,
  badFlag: (name: FlagName, want: string, got: string) => ExporterError,
): URL | undefined {
  const text = values.exporter;
  if (text === undefined) return undefined;
  const url = parseUrl(String(text));
  if (url === undefined) throw badFlag("exporter", "an address such as http://127.0.0.1:10275/", String(text));
  const [other] = listOfCollecting(values);
  if (other === undefined) return url;
  const remedy = "leave one of them out: the exporter that is named has flags of its own";
  throw new ExporterError("FLAG_VALUE", { where: "--exporter", want: `no --${other} besides`, got: "both", remedy });
}
