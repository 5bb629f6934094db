/**
 * Keeps the index of pods up to date with two requests: a list of the node's pods, and a watch that starts from the last known
 * resource version. The caller decides when to send which one.
 * Source: "Efficient detection of changes" in the Kubernetes API concepts.
 */

import type { ApiClient } from "./api-client.ts";
import { linesOf, readWhole } from "./body.ts";
import type { Failure, FailureCode } from "./failure.ts";
import { readPodList, readWatchEvent, type PodList } from "./pod-answers.ts";
import type { PodIndex } from "./pod-index.ts";
import type { PodFacts } from "./pod.ts";

export interface PodSource {
  /** True if a resource version is known, so that `follow` can be called. If false, call `list` first. */
  readonly isListed: boolean;
  /** Lists the pods of the node, which replace all pods of the index. */
  list(): Promise<Failure | undefined>;
  /**
   * Watches, and takes events until the watch ends. A watch that ends at once without any event is a failure: otherwise the
   * caller would open one after the other without a pause.
   */
  follow(): Promise<Failure | undefined>;
}

export interface PodSourceOptions {
  readonly client: ApiClient;
  readonly index: PodIndex;
  readonly nodeName: string;
  readonly nowMs: () => number;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Called for each pod or event that was skipped, with the reason. */
  readonly onSkipped: (code: FailureCode) => void;
  /** Called when the server has begun to answer a watch. */
  readonly onOpen: () => void;
  /** Called when a watch has brought an event, or has ended in order. */
  readonly onProgress: () => void;
}

/** The longest time that reading a list may take. */
const listMs = 60_000;

/** The largest list that is read. The list of 500 pods of 20 KB each has a third of this size. */
const maxListBytes = 2 ** 25;

/** The longest line of a watch that is read. The API limits a stored object to 1.5 MiB. */
const maxLineBytes = 2 ** 22;

/** The server is asked to end a watch after this time and up to half as much more, so that not all nodes ask at once. */
const watchSeconds = 300;

/** How much longer than asked a watch may last before the client ends it. */
const graceMs = 30_000;

/**
 * The longest time without a byte in a watch. In a quiet watch a server sends a bookmark each minute. A server that hangs sends
 * none, although its machine's kernel still answers on the connection.
 */
const silentMs = 70_000;

/** A watch without events that ended earlier than this is a failure. */
const settledMs = 1000;

/**
 * After these failures the next watch starts from the last known version. After all others the pods are listed again, because
 * the version may be the cause: too old, or newer than the data of a server that was restored from a backup.
 */
const resumable: ReadonlySet<FailureCode> = new Set(["unreachable", "timeout", "tls"]);

export function createPodSource(options: PodSourceOptions): PodSource {
  const { client, index, nowMs, onSkipped, onOpen, onProgress } = options;
  const path = `/api/v1/pods?fieldSelector=${encodeURIComponent(`spec.nodeName=${options.nodeName}`)}`;
  let version: string | undefined;
  /** Whether the server sends bookmarks, which it may leave out. Undefined: not known yet. */
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
    if (event.kind === "bookmark") sendsBookmarks = true;
    // The pod of a DELETED event too: it may list a container that no event before has listed.
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
    // Version 0: the server answers from its cache, which costs it little. The watch then brings what is newer.
    list: () => client.get(`${path}&resourceVersion=0`, { limitMs: listMs }, readList),
    async follow() {
      const seconds = Math.round(watchSeconds * (1 + options.random() / 2));
      const from = encodeURIComponent(version ?? "0");
      const query = `&watch=1&allowWatchBookmarks=true&resourceVersion=${from}&timeoutSeconds=${seconds}`;
      const limits = { limitMs: seconds * 1000 + graceMs, silentMs: sendsBookmarks === false ? undefined : silentMs };
      const failure = await client.get(path + query, limits, readEvents);
      if (failure?.silent === true && sendsBookmarks !== true) {
        // The server hangs, or it does not send bookmarks. The next request shows which: a hanging server does not answer it.
        sendsBookmarks = false;
        return undefined;
      }
      if (failure !== undefined) sendsBookmarks = undefined;
      if (failure !== undefined && !resumable.has(failure.code)) version = undefined;
      return failure;
    },
  };
}
