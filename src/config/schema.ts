/** The schema of the whole configuration file. docs/config.schema.json and a part of docs/configuration.md are made from it. */

import * as v from "valibot";

import { defaultConfig, type Config } from "./config.ts";
import { chooseHistograms, histogramsSchema } from "./histogram-schema.ts";
import { choosePodSettings, kubernetesSchema } from "./kubernetes-schema.ts";
import { ruleSchema } from "./rule-schema.ts";
import { duration, integer, section } from "./scalars.ts";
import { findWorkloadClashes, workloadClashWanted } from "./workload-clash.ts";

const { limits } = defaultConfig;

const limitsSchema = section({
  max_groups: v.nullish(
    v.pipe(
      integer(1, 100_000),
      v.metadata({ default: limits.maxGroups }),
      v.description(
        "Groups at the most, those included that left the page less than ten minutes ago; the group that has been without processes for longest gives way to a new one, and where all have some, the new one is in the group `other`; both are counted.",
      ),
    ),
  ),
  max_thread_names: v.nullish(
    v.pipe(
      integer(1, 10_000),
      v.metadata({ default: limits.maxThreadNames }),
      v.description(
        "Names of threads in a group at the most, in the order of their appearance, where `--collector.threads` tells figures by them; threads of other names are under the name `other`, and are counted.",
      ),
    ),
  ),
  max_label_length: v.nullish(
    v.pipe(
      integer(16, 4096),
      v.metadata({ default: limits.maxLabelLength }),
      v.description("Characters of a label's value at the most; longer values are cut."),
    ),
  ),
  group_retention: v.nullish(
    v.pipe(
      duration(60_000, "1m"),
      v.metadata({ default: "1h" }),
      v.description("How long a group without live processes stays on the page."),
    ),
  ),
});

/** Checks the plain values of a file. Its output is the configuration, without warnings. */
export const configSchema = v.pipe(
  section({
    process_names: v.nullish(
      v.pipe(
        v.array(ruleSchema, "a list of rules"),
        v.description("Rules from a process to its group; the first that matches wins."),
      ),
    ),
    limits: v.nullish(v.pipe(limitsSchema, v.description("Bounds of what the exporter keeps and shows."))),
    kubernetes: v.nullish(v.pipe(kubernetesSchema, v.description("Series of pods, where pods are watched."))),
    histograms: v.nullish(v.pipe(histogramsSchema, v.description("Distributions over ended processes, by metric."))),
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    for (const keys of findWorkloadClashes(dataset.value)) {
      const place = { type: "unknown", input: undefined, value: undefined } as const;
      const [first, ...rest] = keys.map((key, index) => {
        return { ...place, key, origin: index === keys.length - 1 ? ("key" as const) : ("value" as const) };
      });
      if (first === undefined) continue;
      addIssue({ message: workloadClashWanted, received: JSON.stringify(keys.at(-1)), path: [first, ...rest] });
    }
  }),
  v.transform((file): Omit<Config, "warnings"> => ({
    rules: file.process_names ?? [],
    limits: {
      maxGroups: file.limits?.max_groups ?? limits.maxGroups,
      maxThreadNames: file.limits?.max_thread_names ?? limits.maxThreadNames,
      maxLabelLength: file.limits?.max_label_length ?? limits.maxLabelLength,
      groupRetentionMs: file.limits?.group_retention ?? limits.groupRetentionMs,
    },
    pods: choosePodSettings(file.kubernetes ?? {}),
    histograms: chooseHistograms(file.histograms ?? {}),
  })),
);
