/**
 * The schema of a rule, one item of `process_names`: process-exporter's keys with their meaning there, and `user`, `unit`,
 * `cgroup`, `labels` and `ignore`.
 */

import * as v from "valibot";

import { compilePattern } from "../classify/pattern.ts";
import type { RuleSpec } from "../classify/rule.ts";
import { compileTemplate } from "../classify/template.ts";
import { labelName } from "./label-name.ts";
import { boolean, compilable, list, mapping, section, text } from "./scalars.ts";

/** A rule needs at least one of these keys. */
export const matcherKeys = ["comm", "exe", "cmdline", "user", "unit", "cgroup"] as const;

const template = compilable(compileTemplate);
const pattern = compilable(compilePattern);

const described = <S extends v.GenericSchema>(schema: S, description: string) =>
  v.nullish(v.pipe(schema, v.description(description)));

const entries = {
  name: described(v.pipe(template, v.metadata({ default: "{{.ExeBase}}" })), "Template of the group's name."),
  comm: described(list(text, "a list of texts"), "Any of these is the command name, of 15 characters at the most."),
  exe: described(
    list(text, "a list of texts"),
    "Any of these is the base name of argv[0]; one with a slash is all of argv[0].",
  ),
  cmdline: described(
    list(pattern, "a list of regular expressions"),
    "All of these regular expressions match the arguments joined by spaces.",
  ),
  user: described(
    list(pattern, "a list of regular expressions"),
    "Any of these regular expressions matches the name of the real user.",
  ),
  unit: described(
    list(pattern, "a list of regular expressions"),
    "Any of these regular expressions matches the systemd unit.",
  ),
  cgroup: described(
    list(pattern, "a list of regular expressions"),
    "Any of these regular expressions matches a path of a control group.",
  ),
  labels: described(
    v.pipe(mapping, v.record(labelName, template)),
    "Free labels of the group's series: templates by name.",
  ),
  ignore: described(v.pipe(boolean, v.metadata({ default: false })), "Processes that match are not shown."),
};

/** The schema of a rule. Its output leaves out the keys that have no value. */
export const ruleSchema = v.pipe(
  section(entries),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed || matcherKeys.some((key) => dataset.value[key] != null)) return;
    addIssue({ message: `at least one of ${matcherKeys.join(", ")}`, received: "none" });
  }),
  v.transform(({ name, ...rest }): RuleSpec => {
    // An empty name means the default name, as in process-exporter.
    const present = Object.entries({ name: name === "" ? null : name, ...rest }).filter(([, value]) => value != null);
    return Object.fromEntries(present);
  }),
);
