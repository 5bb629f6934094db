/** The schema of the section `histograms`: which histograms are on, their buckets and, for delays, their kinds. */

import * as v from "valibot";

import { delayKinds, type DelayKind } from "../fields/fields.ts";
import { histogramMetrics, type HistogramMetric, type SeriesRow } from "../fields/group-metrics.ts";
import { boolean, number, section } from "./scalars.ts";

const mostBuckets = 50;

/** Adds an issue for each item that `fits` refuses. `fits` also gets the items before it. */
function eachItem<T extends string | number>(want: string, fits: (item: T, before: readonly T[]) => boolean) {
  return v.rawCheck<T[]>(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    for (const [index, item] of dataset.value.entries()) {
      if (fits(item, dataset.value.slice(0, index))) continue;
      const path = { type: "array", origin: "value", input: dataset.value, key: index, value: item } as const;
      addIssue({ message: want, received: String(item), path: [path] });
    }
  });
}

const buckets = v.pipe(
  v.array(number, "a list of numbers"),
  v.minLength(1, `1 to ${mostBuckets} buckets`),
  v.maxLength(mostBuckets, `1 to ${mostBuckets} buckets`),
  eachItem<number>("a bound above the one before it", (bound, before) => bound > (before.at(-1) ?? -Infinity)),
);

const kindNames = `one of ${delayKinds.join(", ")}`;

const kinds = v.pipe(
  v.array(v.picklist(delayKinds, kindNames), "a list of kinds of delay"),
  v.minLength(1, "at least one kind"),
  eachItem<DelayKind>("each kind once", (kind, before) => !before.includes(kind)),
);

interface Choice {
  readonly enabled?: boolean | null | undefined;
  readonly buckets?: readonly number[] | null | undefined;
  readonly kinds?: readonly DelayKind[] | null | undefined;
}

const hasKinds = ({ series }: HistogramMetric): boolean => series.some(({ labels }) => "kind" in labels);

function kindsOf({ series }: HistogramMetric): string[] {
  return series.flatMap(({ labels }) => labels["kind"] ?? []);
}

function histogramSchema(metric: HistogramMetric): v.GenericSchema<unknown, Choice> {
  const unit = metric.name.endsWith("_bytes") ? "bytes" : "seconds";
  const entries = {
    enabled: v.nullish(v.pipe(boolean, v.metadata({ default: true }), v.description("Whether it is on the page."))),
    buckets: v.nullish(
      v.pipe(
        buckets,
        v.metadata({ default: metric.buckets }),
        v.description(`Upper bounds in ${unit}, ascending; +Inf is added.`),
      ),
    ),
  };
  const chosenKinds = v.pipe(
    kinds,
    v.metadata({ default: kindsOf(metric) }),
    v.description("Kinds of delay, each of which is a histogram."),
  );
  const schema = hasKinds(metric) ? section({ ...entries, kinds: v.nullish(chosenKinds) }) : section(entries);
  return v.pipe(schema, v.description(metric.help));
}

/** The schema of the section. It has a key for each histogram of the table. */
export const histogramsSchema = section(
  Object.fromEntries(histogramMetrics.map((metric) => [metric.name, v.nullish(histogramSchema(metric))])),
);

/** The histograms that are on, as chosen. A histogram that the section does not mention is as in the table. */
export function chooseHistograms(choices: Readonly<Record<string, unknown>>): HistogramMetric[] {
  return histogramMetrics.flatMap((metric) => {
    const choice = (choices[metric.name] ?? {}) as Choice; // Checked by histogramsSchema, which has a row per metric.
    if (choice.enabled === false) return [];
    const series = choice.kinds == null ? metric.series : choice.kinds.map(delaySeries);
    return [{ ...metric, buckets: choice.buckets ?? metric.buckets, series }];
  });
}

function delaySeries(kind: DelayKind): SeriesRow {
  return { labels: { kind }, field: `${kind}_delay_total` };
}
