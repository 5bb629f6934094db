/** Chooses the exposition format that a scraper's Accept header asks for. Pure. */

import type { Format } from "../exposition/series.ts";

interface Preference {
  readonly type: string;
  readonly version: string | undefined;
  /** Of protobuf: the type of its messages, and how they follow each other. */
  readonly messages: string | undefined;
  readonly encoding: string | undefined;
  readonly quality: number;
}

function parsePreference(text: string): Preference {
  const [type = "", ...parameters] = text.split(";").map((part) => part.trim().toLowerCase());
  const valueOf = (name: string): string | undefined =>
    parameters.find((parameter) => parameter.startsWith(`${name}=`))?.slice(name.length + 1);
  const quality = Number(valueOf("q") ?? 1);
  return {
    ...{ type, version: valueOf("version"), messages: valueOf("proto"), encoding: valueOf("encoding") },
    quality: Number.isNaN(quality) ? 0 : quality,
  };
}

/** The format of one media type; undefined for what is not supported. Of OpenMetrics only version 1.0.0 is supported. */
function formatOf({ type, version, messages, encoding }: Preference): Format | undefined {
  if (type === "application/openmetrics-text")
    return version === undefined || version === "1.0.0" ? "openmetrics" : undefined;
  if (type === "application/vnd.google.protobuf")
    return messages === "io.prometheus.client.metricfamily" && encoding === "delimited" ? "protobuf" : undefined;
  if (type === "text/plain") return version === undefined || version === "0.0.4" ? "text" : undefined;
  return type === "*/*" || type === "text/*" ? "text" : undefined;
}

/** The supported format with the highest quality. Text if the header names none, as in Prometheus' own libraries. */
export function chooseFormat(accept: string | undefined): Format {
  let best: { readonly format: Format; readonly quality: number } = { format: "text", quality: 0 };
  for (const preference of (accept ?? "").split(",").map(parsePreference)) {
    const format = formatOf(preference);
    if (format !== undefined && preference.quality > best.quality) best = { format, quality: preference.quality };
  }
  return best.format;
}
