/**
 * Keeps the index of pods up to date: one request lists the pods of the node, another one watches from the version that was
 * known last. Who calls decides when.
 * Source: "Efficient detection of changes" in the Kubernetes API concepts.
 */

import type { ApiClient } from "./api-client.ts";
import { linesOf, readWhole } from "./body.ts";
import type { Failure, FailureCode } from "./failure.ts";
import { readPodList, readWatchEvent, type PodList } from "./pod-answers.ts";
import type { PodIndex } from "./pod-index.ts";
import type { PodFacts } from "./pod.ts";

export interface PodSource {
  /** A watch can go on from what is known; otherwise the pods are to be listed. */
  readonly isListed: boolean;
  /** Puts the pods of the node in the place of what the index holds. */
  list(): Promise<Failure | undefined>;
  /** Takes events until the watch ends. One that ends at once, without any event, is a failure: asking again would go on for ever. */
  follow(): Promise<Failure | undefined>;
}

export interface PodSourceOptions {
  readonly client: ApiClient;
  readonly index: PodIndex;
  readonly nodeName: string;
  readonly nowMs: () => number;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Told of each pod or event that was passed over, and why. */
  readonly onSkipped: (code: FailureCode) => void;
  /** Told that a watch is open. */
  readonly onOpen: () => void;
  /** Told that a watch does what it should. */
  readonly onProgress: () => void;
}

const listMs = 60_000;

/** A node of 500 pods, with 20 KB each, takes a third of this. */
const maxListBytes = 2 ** 25;

/** The API's own limit of an object is 1.5 MiB, as it is stored. */
const maxLineBytes = 2 ** 22;

/** A watch ends after this time and up to half as much more, so that the nodes of a cluster do not all ask at once. */
const watchSeconds = 300;

/** How much longer than it was asked to the server may take to end a watch. */
const graceMs = 30_000;

/**
 * A server sends a bookmark once in a minute, where nothing else happens. One that hangs without closing its connections sends none,
 * and the node's own kernel goes on to answer for it.
 */
const silentMs = 70_000;

/** A watch that lasts as long as this was no mistake. */
const settledMs = 1000;

/**
 * After these a watch goes on where it was. After all others the pods are listed anew, since the version itself may be what
 * is wrong: too old, or newer than a server that was restored from a backup.
 */
const resumable: ReadonlySet<FailureCode> = new Set(["unreachable", "timeout", "tls"]);

export function createPodSource(options: PodSourceOptions): PodSource {
  const { client, index, nowMs, onSkipped, onOpen, onProgress } = options;
  const path = `/api/v1/pods?fieldSelector=${encodeURIComponent(`spec.nodeName=${options.nodeName}`)}`;
  let version: string | undefined;
  /** Undefined as long as nobody knows: bookmarks are the server's to send. */
  let sendsBookmarks: boolean | undefined;

  function put(pod: PodFacts): void {
    if (!index.put(pod)) onSkipped("too_large");
  }

  function replace(list: PodList): void {
    list.pods.forEach(put);
    index.keepOnly(new Set(list.pods.map(({ uid }) => uid)));
    for (let count = 0; count < list.unreadable; count++) onSkipped("malformed");
    ({ version } = list);
  }

  async function readList(body: AsyncIterable<Uint8Array>): Promise<Failure | undefined> {
    const text = await readWhole(body, maxListBytes);
    if (text === undefined) return { code: "too_large", got: `a list of more than ${maxListBytes} bytes` };
    const list = readPodList(text);
    if (list === undefined) return { code: "malformed", got: "an answer that is no list of pods" };
    replace(list);
    return undefined;
  }

  function take(line: string): Failure | undefined {
    const event = readWatchEvent(line);
    if (event.kind === "failure") return event.failure;
    if (event.kind === "unreadable") onSkipped("malformed");
    // The last event of a pod may be the first one to tell of a container.
    if (event.kind === "bookmark") sendsBookmarks = true;
    if ("pod" in event) put(event.pod);
    if (event.kind === "deleted") index.remove(event.pod.uid);
    version = event.version ?? version;
    onProgress();
    return undefined;
  }

  async function readEvents(body: AsyncIterable<Uint8Array>): Promise<Failure | undefined> {
    const openedMs = nowMs();
    let events = 0;
    onOpen();
    for await (const line of linesOf(body, maxLineBytes)) {
      if (line === undefined) return { code: "too_large", got: `an event of more than ${maxLineBytes} bytes` };
      const failure = take(line);
      if (failure !== undefined) return failure;
      events++;
    }
    if (events === 0 && nowMs() - openedMs < settledMs)
      return { code: "server_error", got: "a watch that ended at once" };
    onProgress();
    return undefined;
  }

  return {
    get isListed() {
      return version !== undefined;
    },
    // From the server's memory, which costs it little, at any version: the watch brings what is newer.
    list: () => client.get(`${path}&resourceVersion=0`, { limitMs: listMs }, readList),
    async follow() {
      const seconds = Math.round(watchSeconds * (1 + options.random() / 2));
      const from = encodeURIComponent(version ?? "0");
      const query = `&watch=1&allowWatchBookmarks=true&resourceVersion=${from}&timeoutSeconds=${seconds}`;
      const limits = { limitMs: seconds * 1000 + graceMs, silentMs: sendsBookmarks === false ? undefined : silentMs };
      const failure = await client.get(path + query, limits, readEvents);
      if (failure?.silent === true && sendsBookmarks !== true) {
        // It may be one that sends none: whether it hangs, the next request tells.
        sendsBookmarks = false;
        return undefined;
      }
      if (failure !== undefined) sendsBookmarks = undefined;
      if (failure !== undefined && !resumable.has(failure.code)) version = undefined;
      return failure;
    },
  };
}
