/** Lists and watches over a fake client, which answers each request as the test says. There is no server and no clock. */

import { beforeEach, describe, expect, test } from "@jest/globals";
import type { ApiClient, BodyLimits } from "../../src/kubernetes/api-client.ts";
import type { Failure, FailureCode } from "../../src/kubernetes/failure.ts";
import { createPodIndex, type PodIndex } from "../../src/kubernetes/pod-index.ts";
import { createPodSource, type PodSource } from "../../src/kubernetes/pod-source.ts";
import { podOf, type ApiPod } from "../support/pods.ts";

/** The answer to a request: chunks of a body, with milliseconds that pass between them; or a failure. */
type Answer = readonly (string | number)[] | Failure;

let nowMs: number;
let answers: Answer[];
let requests: { readonly path: string; readonly limits: BodyLimits }[];
/** The calls of onSkipped, onOpen and onProgress, in order. */
let calls: string[];
let index: PodIndex;
let source: PodSource;

beforeEach(() => {
  nowMs = 0;
  [answers, requests, calls] = [[], [], []];
  index = createPodIndex(() => nowMs);
  source = sourceOf({ index, random: 0 });
});

const client: ApiClient = {
  async get(path, limits, read) {
    requests.push({ path, limits });
    const answer = answers.shift() ?? [];
    return "code" in answer ? answer : read(chunksOf(answer));
  },
  abort: () => undefined,
};

async function* chunksOf(answer: readonly (string | number)[]): AsyncGenerator<Uint8Array> {
  for (const part of answer) {
    if (typeof part === "number") nowMs += part;
    else yield await Promise.resolve(Buffer.from(part));
  }
}

function sourceOf(options: { readonly index: PodIndex; readonly random: number }): PodSource {
  return createPodSource({
    client,
    index: options.index,
    nodeName: "node 1&x",
    nowMs: () => nowMs,
    random: () => options.random,
    onSkipped: (code) => calls.push(`skipped ${code}`),
    onOpen: () => calls.push("open"),
    onProgress: () => calls.push("progress"),
  });
}

const web = podOf({ uid: "u-web", name: "web", containers: { c1: "app" } });
const job = podOf({ uid: "u-job", name: "job", containers: { c2: "main" } });
const none = { labels: new Map<string, string>(), workload: false };

function listOf(version: string, items: readonly unknown[]): Answer {
  return [JSON.stringify({ kind: "PodList", metadata: { resourceVersion: version }, items })];
}

/** A line of a watch about `object`, after which the resource version is `version`. */
function lineOf(type: string, version: string, object: ApiPod | { metadata: object } = { metadata: {} }): string {
  const metadata = { ...object.metadata, resourceVersion: version };
  return `${JSON.stringify({ type, object: { ...object, metadata } })}\n`;
}

const bookmark = lineOf("BOOKMARK", "9");
const silence: Failure = { code: "timeout", got: "none", silent: true };

async function list(answer: Answer): Promise<FailureCode | undefined> {
  answers.push(answer);
  return (await source.list())?.code;
}

async function follow(answer: Answer): Promise<FailureCode | undefined> {
  answers.push(answer);
  return (await source.follow())?.code;
}

const pods = (): boolean[] => ["web", "job"].map((name) => index.has("shop", name));
const lastQuery = (): URLSearchParams => new URL(requests.at(-1)?.path ?? "", "https://server").searchParams;

describe("a list", () => {
  test("asks for the pods of the node, from the server's cache, within a minute", async () => {
    await list(listOf("5", []));
    expect(requests).toEqual([
      {
        path: "/api/v1/pods?fieldSelector=spec.nodeName%3Dnode%201%26x&resourceVersion=0",
        limits: { limitMs: 60_000 },
      },
    ]);
    expect(lastQuery().get("fieldSelector")).toBe("spec.nodeName=node 1&x");
  });

  test("replaces all pods of the index", async () => {
    expect(source.isListed).toBe(false);
    await list(listOf("5", [web]));
    expect([pods(), source.isListed]).toEqual([[true, false], true]);
    await list(listOf("6", [job]));
    expect(pods()).toEqual([false, true]);
  });

  test("skips each item that is not a pod, and each pod for which the index has no room", async () => {
    await list(listOf("5", [null, web, {}]));
    expect(pods()).toEqual([true, false]);
    source = sourceOf({ index: { ...index, put: () => false }, random: 0 });
    await list(listOf("5", [web]));
    expect(calls).toEqual(["skipped malformed", "skipped malformed", "skipped too_large"]);
  });

  test.each<[string, FailureCode, Answer]>([
    ["is no list", "malformed", ["<html>"]],
    ["has no version", "malformed", ['{"items":[]}']],
    ["is longer than 32 MiB", "too_large", Array.from({ length: 33 }, () => "x".repeat(2 ** 20))],
    ["fails", "forbidden", { code: "forbidden", got: "status 403" }],
  ])("that %s gives the failure %s, and changes neither index nor version", async (_, code, answer) => {
    await list(listOf("5", [web]));
    expect(await list(answer)).toBe(code);
    expect(pods()).toEqual([true, false]);
    await follow([bookmark]);
    expect(lastQuery().get("resourceVersion")).toBe("5");
  });
});

describe("a watch", () => {
  beforeEach(() => list(listOf("5", [web])));

  test("starts from the version of the list, and asks for bookmarks and for an end after 300 s", async () => {
    await follow([bookmark]);
    expect(Object.fromEntries(lastQuery())).toEqual({
      fieldSelector: "spec.nodeName=node 1&x",
      watch: "1",
      allowWatchBookmarks: "true",
      resourceVersion: "5",
      timeoutSeconds: "300",
    });
    expect(requests.at(-1)?.limits).toEqual({ limitMs: 330_000, silentMs: 70_000 });
  });

  test("asks for an end after a random time, which is up to half as long again", async () => {
    source = sourceOf({ index, random: 0.5 });
    await list(listOf("5", []));
    await follow([bookmark]);
    expect(lastQuery().get("timeoutSeconds")).toBe("375");
    expect(requests.at(-1)?.limits.limitMs).toBe(405_000);
  });

  test("adds, changes and removes pods, wherever the network cuts its lines", async () => {
    const changed = podOf({ uid: "u-job", name: "job", containers: { c2: "main", c3: "sidecar" } });
    const text = lineOf("ADDED", "6", job) + lineOf("MODIFIED", "7", changed) + lineOf("DELETED", "8", web);
    expect(await follow(text.match(/.{1,50}\n?/g) ?? [])).toBeUndefined();
    expect(pods()).toEqual([false, true]);
    expect(index.ofContainer("c3", none)).toEqual({ namespace: "shop", pod: "job", container: "sidecar" });
  });

  test("starts from the version of the last event that had one", async () => {
    await follow([lineOf("ADDED", "6", job), '{"type":"BOOKMARK","object":{}}\n']);
    await follow([lineOf("BOOKMARK", "a b")]);
    expect(lastQuery().get("resourceVersion")).toBe("6");
    await follow([]);
    expect(lastQuery().get("resourceVersion")).toBe("a b");
  });

  test("makes a container findable that only the DELETED event of its pod lists", async () => {
    await follow([lineOf("DELETED", "6", podOf({ uid: "u-web", name: "web", containers: { c7: "late" } }))]);
    expect(pods()).toEqual([false, false]);
    expect(index.ofContainer("c7", none)).toEqual({ namespace: "shop", pod: "web", container: "late" });
  });

  test("calls onOpen once, and onProgress for each event and for an end in order", async () => {
    await follow([bookmark, lineOf("RENAMED", "7"), lineOf("ADDED", "8", job)]);
    expect(calls).toEqual(["open", "progress", "skipped malformed", "progress", "progress", "progress"]);
  });

  test.each<[string, FailureCode | undefined, Answer]>([
    ["ends without an event after 999 ms", "server_error", [999]],
    ["ends without an event after 1000 ms", undefined, [1000]],
    ["ends at once after an event", undefined, [bookmark]],
  ])("that %s gives %j", async (_, code, answer) => {
    expect(await follow(answer)).toBe(code);
  });

  test.each<[string, FailureCode, Answer]>([
    ["a line that is no JSON", "malformed", ["{]\n"]],
    ["a line of more than 4 MiB", "too_large", ["x".repeat(2 ** 22 + 1)]],
    ["an error", "gone", ['{"type":"ERROR","object":{"code":410}}\n']],
    ["a refusal", "server_error", { code: "server_error", got: "status 504" }],
  ])("that ends with %s is the failure %s, and the pods have to be listed again", async (_, code, answer) => {
    expect(await follow(answer)).toBe(code);
    expect([source.isListed, pods()]).toEqual([false, [true, false]]);
  });

  test.each<FailureCode>(["unreachable", "timeout", "tls"])(
    "continues from its version after the failure %s",
    async (code) => {
      expect(await follow({ code, got: "" })).toBe(code);
      expect(source.isListed).toBe(true);
      await follow([bookmark]);
      expect(lastQuery().get("resourceVersion")).toBe("5");
    },
  );
});

describe("a watch that is silent", () => {
  const silentMs = (): number | undefined => requests.at(-1)?.limits.silentMs;

  beforeEach(() => list(listOf("5", [])));

  test("is no failure if the server may be one that sends no bookmarks; the next one may be silent to its end", async () => {
    expect(await follow(silence)).toBeUndefined();
    expect([silentMs(), source.isListed]).toEqual([70_000, true]);
    await follow([bookmark]);
    expect(silentMs()).toBeUndefined();
  });

  test("is a failure if the server has sent a bookmark before", async () => {
    await follow([bookmark]);
    expect(await follow(silence)).toBe("timeout");
    expect(silentMs()).toBe(70_000);
  });

  test("is measured again after a server without bookmarks has sent one", async () => {
    await follow(silence);
    await follow([bookmark]);
    expect(await follow(silence)).toBe("timeout");
    expect(silentMs()).toBe(70_000);
  });

  test("is measured again after a failure, since another server may answer", async () => {
    await follow(silence);
    await follow({ code: "unreachable", got: "" });
    expect(await follow(silence)).toBeUndefined();
    expect(silentMs()).toBe(70_000);
  });
});
