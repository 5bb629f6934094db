/**
 * A Kubernetes API server that knows pods alone: lists, watches, bookmarks, versions that are gone. It serves HTTPS with a
 * certificate of its own authority, asks for a token, and fails in the ways that it is told to.
 */

import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { ApiServer } from "../../src/kubernetes/api-server.ts";
import {
  createCertificateDirectory,
  type CertificateDirectory,
  type KeyPair,
} from "../http/web-config/certificates.ts";
import type { ApiPod } from "./pods.ts";

/** Answers one request in the place of the server. */
export type Answer = (response: ServerResponse) => void;

export interface SeenRequest {
  readonly kind: "list" | "watch";
  readonly node: string | null;
  readonly version: string | null;
  readonly query: URLSearchParams;
}

export interface FakeApiServer {
  readonly api: ApiServer;
  readonly requests: readonly SeenRequest[];
  /** Watches that are open now. */
  readonly watches: number;
  /** Adds a pod or puts it in the place of the one with its uid. */
  put(pod: ApiPod): void;
  remove(uid: string): void;
  bookmark(): void;
  /** Sends any text to all watches. */
  send(text: string): void;
  /** Forgets all events: a watch from a version before now is answered with 410, as a status or as an event. */
  forgetEvents(form: "status" | "event"): void;
  /** Ends all watches as a server does whose time for them is over. */
  endWatches(): void;
  /** Breaks the connections of all watches, after `text`. */
  breakWatches(text?: string): void;
  /** The next requests are answered so, one each. */
  answerNext(...answers: readonly Answer[]): void;
  /** The token that requests have to carry, and, unless told otherwise, the one that the service account holds. */
  renewToken(token: string, mounted?: boolean): void;
  close(): Promise<void>;
}

export interface ServerCredentials {
  readonly directory: CertificateDirectory;
  readonly server: KeyPair;
}

/** An authority and a certificate for 127.0.0.1 and ::1, in a directory that is a service account as well. To be removed. */
export function createServerCredentials(): ServerCredentials {
  const directory = createCertificateDirectory();
  directory.write("ca.crt", directory.authority("authority").cert);
  return { directory, server: directory.signed("server", "authority", "DNS:localhost,IP:127.0.0.1,IP:::1") };
}

interface Event {
  readonly version: number;
  readonly line: string;
}

const statusOf = (code: number, message: string): string =>
  JSON.stringify({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, code });

/** Answers with a status and a Status object, as the API server does. */
export function refusal(code: number, headers: Readonly<Record<string, string>> = {}): Answer {
  return (response) => void response.writeHead(code, headers).end(statusOf(code, `refused with ${code}`));
}

/** Answers with status 200 and this text. */
export function text(body: string): Answer {
  return (response) => void response.writeHead(200, { "content-type": "application/json" }).end(body);
}

/** Starts a server on `host`, 127.0.0.1 where it is left out. */
export async function startFakeApiServer(
  { directory, server: { cert, key } }: ServerCredentials,
  host = "127.0.0.1",
): Promise<FakeApiServer> {
  const pods = new Map<string, ApiPod>();
  const watches = new Set<ServerResponse>();
  const requests: SeenRequest[] = [];
  const answers: Answer[] = [];
  let events: Event[] = [];
  let version = 100;
  let oldest = 0;
  let goneForm: "status" | "event" = "status";
  let token = "";

  function publish(type: string, object: ApiPod | { metadata: object }): void {
    const metadata = { ...object.metadata, resourceVersion: String(version) };
    const line = `${JSON.stringify({ type, object: { ...object, metadata } })}\n`;
    if (type !== "BOOKMARK") events.push({ version, line });
    for (const watch of watches) watch.write(line);
  }

  /** Watches that end from now on: nothing more is written to them. */
  function takeWatches(): ServerResponse[] {
    const taken = [...watches];
    watches.clear();
    return taken;
  }

  function list(response: ServerResponse): void {
    const items = [...pods.values()];
    text(JSON.stringify({ kind: "PodList", metadata: { resourceVersion: String(version) }, items }))(response);
  }

  function watch(response: ServerResponse, from: number): void {
    const isGone = from < oldest;
    if (isGone && goneForm === "status") {
      refusal(410)(response);
      return;
    }
    response.writeHead(200, { "content-type": "application/json" }).flushHeaders();
    if (isGone) return void response.end(`{"type":"ERROR","object":${statusOf(410, "too old resource version")}}\n`);
    for (const event of events) if (event.version > from) response.write(event.line);
    watches.add(response);
    response.on("close", () => watches.delete(response)).on("error", () => watches.delete(response));
  }

  function serve(request: IncomingMessage, response: ServerResponse): void {
    const { searchParams: query } = new URL(request.url ?? "", "https://server");
    const kind = query.get("watch") === "1" ? "watch" : "list";
    const node = query.get("fieldSelector");
    requests.push({ kind, node, version: query.get("resourceVersion"), query });
    const answer = answers.shift();
    if (answer !== undefined) {
      answer(response);
      return;
    }
    if (request.headers.authorization !== `Bearer ${token}`) {
      refusal(401)(response);
      return;
    }
    if (kind === "list") {
      list(response);
      return;
    }
    watch(response, Number(query.get("resourceVersion")));
  }

  const server = createServer({ cert, key }, serve).listen(0, host);
  await once(server, "listening");
  const fake: FakeApiServer = {
    api: { host, port: (server.address() as AddressInfo).port, serviceAccountDir: directory.path },
    requests,
    get watches() {
      return watches.size;
    },
    put(pod) {
      version++;
      const type = pods.has(pod.metadata.uid) ? "MODIFIED" : "ADDED";
      pods.set(pod.metadata.uid, pod);
      publish(type, pod);
    },
    remove(uid) {
      const pod = pods.get(uid);
      if (pod === undefined) return;
      version++;
      pods.delete(uid);
      publish("DELETED", pod);
    },
    bookmark() {
      version++;
      publish("BOOKMARK", { metadata: {} });
    },
    send(line) {
      for (const response of watches) response.write(line);
    },
    forgetEvents(form) {
      version++;
      [events, oldest, goneForm] = [[], version, form];
    },
    endWatches() {
      for (const response of takeWatches()) response.end();
    },
    breakWatches(rest = "") {
      for (const response of takeWatches()) response.write(` ${rest}`, () => response.destroy());
    },
    answerNext: (...next) => void answers.push(...next),
    renewToken(next, mounted = true) {
      token = next;
      if (mounted) directory.write("token", `${next}\n`);
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  fake.renewToken("token-1");
  return fake;
}
