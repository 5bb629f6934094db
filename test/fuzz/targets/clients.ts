/** Parsers of what HTTP clients and the API server send: headers, lists of pods, events of a watch. */

import { chooseFormat } from "../../../src/http/accept.ts";
import { parseScrapeTimeout } from "../../../src/http/scrape-timeout.ts";
import { parseCredentials } from "../../../src/http/web-config/basic-auth.ts";
import type { PodFacts } from "../../../src/kubernetes/pod.ts";
import { readPodList, readWatchEvent } from "../../../src/kubernetes/pod-answers.ts";
import { bytesOf, hold, isWellFormed, textOf, type Outcome, type Target } from "../target.ts";

function checkAccept(input: Uint8Array): Outcome {
  const format = chooseFormat(textOf(input));
  hold(["text", "openmetrics", "protobuf"].includes(format), "a format is one that is spoken");
  return format;
}

function checkHeaders(input: Uint8Array): Outcome {
  const text = textOf(input);
  const ms = parseScrapeTimeout(text);
  if (ms !== undefined) hold(ms > 0 && ms < 86_400_000, "a scraper waits for a positive time, less than a day");
  const credentials = parseCredentials(text);
  if (credentials !== undefined) {
    const { user, password } = credentials;
    hold(isWellFormed(user) && isWellFormed(password), "user and password are well-formed");
    hold(user.length + password.length < text.length && !user.includes(":"), "they stand in the header");
  }
  return `${ms === undefined} ${credentials === undefined}`;
}

function checkPod({ namespace, name, uid, labels, containers, workload }: PodFacts): void {
  const ofWorkload = workload === undefined ? [] : [workload.workload, workload.workload_type];
  for (const text of [namespace, name, uid, ...ofWorkload, ...labels.values(), ...containers.values()]) {
    hold(text !== "" && isWellFormed(text), "names are well-formed and not empty");
    hold(Array.from(text).length <= 253, "names are no longer than the API allows");
  }
  for (const id of containers.keys()) hold(/^[\w.-]{1,128}$/.test(id), "ids of containers are of their form");
}

function checkPodList(input: Uint8Array): Outcome {
  const text = textOf(input);
  const list = readPodList(text);
  if (list === undefined) return undefined;
  hold(Number.isInteger(list.unreadable) && list.unreadable >= 0, "what is no pod is counted");
  list.pods.forEach(checkPod);
  hold(new URLSearchParams({ v: list.version }).size === 1, "a version can be asked for");
  return `${list.pods.length} ${list.unreadable} ${list.pods[0]?.containers.size ?? 0} ${list.pods[0]?.labels.size ?? 0}`;
}

function checkWatchEvent(input: Uint8Array): Outcome {
  const event = readWatchEvent(textOf(input));
  if (event.kind === "present" || event.kind === "deleted") checkPod(event.pod);
  if (event.kind === "failure")
    hold(event.failure.got.length <= input.length + 200, "a failure is not longer than its line");
  return event.kind === "failure" ? `failure ${event.failure.code}` : `${event.kind} ${event.version === undefined}`;
}

const id = `containerd://${"0123456789abcdef".repeat(4)}`;

const pod = {
  metadata: {
    ...{ name: "web-1", namespace: "shop", uid: "12345678-1234-1234-1234-123456789abc", resourceVersion: "7" },
    labels: { app: "web", "a.b/c": "d", "pod-template-hash": "6d4cf56db6" },
    creationTimestamp: "2026-11-28T12:00:30Z",
    ownerReferences: [
      { kind: "ReplicaSet", name: "web-6d4cf56db6", controller: true },
      { kind: "Job", name: "backup-29931120" },
    ],
    annotations: { "kubernetes.io/config.hash": "0123456789abcdef0123456789abcdef" },
  },
  status: {
    initContainerStatuses: [{ name: "first", containerID: id, state: { terminated: { containerID: id } } }],
    containerStatuses: [{ name: "main", containerID: id, lastState: { terminated: { containerID: id } } }],
  },
};

const json = [
  "null",
  "[]",
  "{}",
  '""',
  "1e999",
  "-0",
  "true",
  '"\\ud800"',
  '"items"',
  '"metadata"',
  '"__proto__":',
  ",",
  ":",
  "\n",
];

const accept = [
  "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
  "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,*/*;q=0.1",
  "text/html, */*",
];

const texts = (all: readonly string[]): readonly Uint8Array[] => all.map(bytesOf);

export const clientTargets: readonly Target[] = [
  {
    ...{ name: "accept", seeds: texts(accept), words: ["q=", ";q=1e999", ";q=-1", ";q=", ",", "*/*", "version="] },
    ...{ maxBytes: 2000, quick: 10_000, check: checkAccept },
  },
  {
    ...{ name: "headers", seeds: texts(["10", "0.25", `Basic ${btoa("me:secret")}`, `basic ${btoa("ö:\u00ff")}`]) },
    ...{ words: ["Basic ", "=", "Og==", "1e3", "Infinity", "0x10"], maxBytes: 300, quick: 20_000, check: checkHeaders },
  },
  {
    ...{ name: "pods", words: json, maxBytes: 3000, quick: 3000, check: checkPodList },
    seeds: texts([JSON.stringify({ kind: "PodList", metadata: { resourceVersion: "9" }, items: [pod, pod] })]),
  },
  {
    ...{ name: "watch", words: [...json, '"ERROR"', '"BOOKMARK"', '"DELETED"'], maxBytes: 2000, quick: 3000 },
    seeds: texts([
      JSON.stringify({ type: "ADDED", object: pod }),
      JSON.stringify({ type: "BOOKMARK", object: { metadata: { resourceVersion: "10" } } }),
      JSON.stringify({ type: "ERROR", object: { kind: "Status", code: 410, message: "too old" } }),
    ]),
    check: checkWatchEvent,
  },
];
