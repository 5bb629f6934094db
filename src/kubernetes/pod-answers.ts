/** What the API server answers: a list of pods, or events of a watch, one to a line. Text to value, whatever the text. Pure. */

import { failureOfRefusal, type Failure } from "./failure.ts";
import { elementsOf, fieldOf, parseJson, textOf } from "./json.ts";
import { readPod, type PodFacts } from "./pod.ts";

export interface PodList {
  readonly pods: readonly PodFacts[];
  /** Elements that are no pods. */
  readonly unreadable: number;
  /** Where a watch goes on. */
  readonly version: string;
}

/** A PodList; undefined where the text is something else. */
export function readPodList(text: string): PodList | undefined {
  const list = parseJson(text);
  const version = textOf(fieldOf(list, "metadata", "resourceVersion"));
  // A list without pods has none, or null.
  const items = fieldOf(list, "items") ?? [];
  if (version === undefined || !Array.isArray(items)) return undefined;
  const pods = elementsOf(items).flatMap((item) => readPod(item) ?? []);
  return { pods, unreadable: items.length - pods.length, version };
}

/** One event. `version` is where a watch goes on; undefined where the event does not say. */
export type WatchEvent =
  | { readonly kind: "present" | "deleted"; readonly pod: PodFacts; readonly version: string | undefined }
  | { readonly kind: "bookmark" | "unreadable"; readonly version: string | undefined }
  /** The watch cannot go on. */
  | { readonly kind: "failure"; readonly failure: Failure };

const podKinds: ReadonlyMap<unknown, "present" | "deleted"> = new Map([
  ["ADDED", "present"],
  ["MODIFIED", "present"],
  ["DELETED", "deleted"],
]);

/** One line of a watch. What is JSON, but no event that this program knows, is unreadable; what is no JSON is a failure. */
export function readWatchEvent(line: string): WatchEvent {
  const event = parseJson(line);
  if (event === undefined) return { kind: "failure", failure: { code: "malformed", got: "a line that is no JSON" } };
  const type = fieldOf(event, "type");
  const object = fieldOf(event, "object");
  if (type === "ERROR") return { kind: "failure", failure: failureOfStatus(object) };
  const version = textOf(fieldOf(object, "metadata", "resourceVersion"));
  if (type === "BOOKMARK") return { kind: "bookmark", version };
  const kind = podKinds.get(type);
  const pod = kind && readPod(object);
  return kind && pod ? { kind, pod, version } : { kind: "unreadable", version };
}

function failureOfStatus(status: unknown): Failure {
  const code = fieldOf(status, "code");
  return failureOfRefusal({
    status: typeof code === "number" ? code : undefined,
    message: textOf(fieldOf(status, "message")),
  });
}
