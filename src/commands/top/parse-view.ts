/** Reads the JSON of `/live.json`. What an exporter of another version adds is left out; what is missing or of another type is an error. Pure. */

import { delayKinds } from "../../fields/fields.ts";
import type { Condition } from "../../live/status.ts";
import type { GroupView, LiveView } from "../../live/view.ts";

type Json = Readonly<Record<string, unknown>>;

const levels = ["good", "warning", "bad"] as const;

/** What is wrong, and where. */
class Mistake extends Error {}

function fail(where: string, want: string): never {
  throw new Mistake(`${where} is not ${want}`);
}

function readObject(value: unknown, where: string): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Json)
    : fail(where, "an object");
}

function readList(value: unknown, where: string): readonly unknown[] {
  return Array.isArray(value) ? value : fail(where, "a list");
}

function readText(value: unknown, where: string): string {
  return typeof value === "string" ? value : fail(where, "a text");
}

function readOptionalText(value: unknown, where: string): string | undefined {
  return value === undefined ? undefined : readText(value, where);
}

/** Rates and counts are never below 0, and JSON has no infinity. */
function readFigure(value: unknown, where: string): number {
  return typeof value === "number" && value >= 0 ? value : fail(where, "a number from 0 on");
}

function readCondition(value: unknown, where: string): Condition {
  const { level: given, subject, text, remedy } = readObject(value, where);
  const level = levels.find((one) => one === given) ?? fail(`${where}.level`, levels.join(" or "));
  const todo = readOptionalText(remedy, `${where}.remedy`);
  return {
    level,
    subject: readText(subject, `${where}.subject`),
    text: readText(text, `${where}.text`),
    ...(todo !== undefined && { remedy: todo }),
  };
}

function readGroup(value: unknown, where: string): GroupView {
  const group = readObject(value, where);
  const figure = (name: string): number => readFigure(group[name], `${where}.${name}`);
  const labels = Object.entries(readObject(group["labels"], `${where}.labels`));
  const waits = readObject(group["waits"], `${where}.waits`);
  const kinds = delayKinds.filter((kind) => waits[kind] !== undefined);
  return {
    labels: Object.fromEntries(labels.map(([name, text]) => [name, readText(text, `${where}.labels.${name}`)])),
    ...{ processes: figure("processes"), threads: figure("threads"), run: figure("run") },
    waits: Object.fromEntries(kinds.map((kind) => [kind, readFigure(waits[kind], `${where}.waits.${kind}`)])),
    ...{ exits: figure("exits"), failed: figure("failed") },
  };
}

function readView(json: unknown): LiveView {
  const view = readObject(json, "the answer");
  const { span } = view;
  return {
    version: readText(view["version"], "version"),
    hostname: readText(view["hostname"], "hostname"),
    cpus: readFigure(view["cpus"], "cpus"),
    sampledAt: readFigure(view["sampledAt"], "sampledAt"),
    span: span === undefined ? undefined : readFigure(span, "span"),
    privileges: readOptionalText(view["privileges"], "privileges"),
    conditions: readList(view["conditions"], "conditions").map((one, index) =>
      readCondition(one, `conditions[${index}]`),
    ),
    groups: readList(view["groups"], "groups").map((one, index) => readGroup(one, `groups[${index}]`)),
  };
}

/** @returns the view, or what is wrong with the text */
export function parseView(text: string): LiveView | { readonly mistake: string } {
  try {
    return readView(JSON.parse(text));
  } catch (error) {
    if (error instanceof Mistake) return { mistake: error.message };
    return { mistake: "the answer is no JSON" };
  }
}
