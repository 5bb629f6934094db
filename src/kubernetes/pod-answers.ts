/** Parses the answers of the API server: a list of pods, or the events of a watch, one in each line. Accepts any text. */

import { failureOfRefusal, type Failure } from "./failure.ts";
import { elementsOf, fieldOf, parseJson, textOf } from "./json.ts";
import { readPod, type PodFacts } from "./pod.ts";

export interface PodList {
  readonly pods: readonly PodFacts[];
  /** How many items are not pods. */
  readonly unreadable: number;
  /** The resource version from which a watch can start. */
  readonly version: string;
}

/** Parses a PodList; undefined if the text is not one. */
export function readPodList(text: string): PodList | undefined {
  const list = parseJson(text);
  const version = textOf(fieldOf(list, "metadata", "resourceVersion"));
  // In a list without pods `items` may be missing or null.
  const items = fieldOf(list, "items") ?? [];
  if (version === undefined || !Array.isArray(items)) return undefined;
  const pods = elementsOf(items).flatMap((item) => readPod(item) ?? []);
  return { pods, unreadable: items.length - pods.length, version };
}

/** An event of a watch. `version` is the resource version from which the next watch can start, if the event has one. */
export type WatchEvent =
  | { readonly kind: "present" | "deleted"; readonly pod: PodFacts; readonly version: string | undefined }
  | { readonly kind: "bookmark" | "unreadable"; readonly version: string | undefined }
  /** The watch cannot continue. */
  | { readonly kind: "failure"; readonly failure: Failure };

const podKinds: ReadonlyMap<unknown, "present" | "deleted"> = new Map([
  ["ADDED", "present"],
  ["MODIFIED", "present"],
  ["DELETED", "deleted"],
]);

/** Parses one line of a watch. JSON that is not a known event is `unreadable`; a line that is not JSON is a failure. */
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
