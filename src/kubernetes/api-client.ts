/**
 * Sends requests to the API server over node:https, one at a time. Each request has a deadline. A failed request gives a
 * value, never an exception.
 */

import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { request, type RequestOptions } from "node:https";
import type { Timer } from "../base/timer.ts";
import { readRequestOptions, type ApiServer } from "./api-server.ts";
import { readWhole } from "./body.ts";
import { failureOfError, failureOfRefusal, type Failure } from "./failure.ts";
import { fieldOf, parseJson, textOf } from "./json.ts";

/** The longest time from the start of a request, which connects first, to the headers of its answer. */
const answerMs = 30_000;

/** TCP probes a silent connection after this time: when the network of the node is cut, no reset arrives. */
const keepAliveMs = 30_000;

/** The largest refusal that is read. A refusal is a Status object of some hundred bytes. */
const maxRefusalBytes = 65_536;

/** Reads the body of an answer. An exception counts as an error of the connection. */
export type BodyReader = (body: AsyncIterable<Uint8Array>) => Promise<Failure | undefined>;

export interface BodyLimits {
  /** The longest time that reading the body may take. */
  readonly limitMs: number;
  /** The longest time without any byte of the body. Undefined: only `limitMs` counts. */
  readonly silentMs?: number | undefined;
}

export interface ApiClient {
  /**
   * Requests `path`. If the status is 200, `read` gets the body. The promise never rejects.
   *
   * @returns what `read` returned, or why the request failed: `timeout` with `silent` after `silentMs` without a byte
   */
  get(path: string, limits: BodyLimits, read: BodyReader): Promise<Failure | undefined>;
  /** Ends the request that is in progress. */
  abort(): void;
}

export function createApiClient(api: ApiServer, timer: Timer): ApiClient {
  let controller = new AbortController();

  return {
    async get(path, { limitMs, silentMs }, read) {
      controller = new AbortController();
      const deadline = createDeadline(timer, controller);
      const silence = createDeadline(timer, controller);
      const restart = (): void => {
        if (silentMs !== undefined) silence.set(silentMs);
      };
      try {
        deadline.set(answerMs);
        const options = await readRequestOptions(api);
        if ("code" in options) return options;
        const response = await send({ ...options, path, signal: controller.signal });
        deadline.set(limitMs);
        restart();
        return await (response.statusCode === 200 ? read(noting(response, restart)) : readRefusal(response));
      } catch (error) {
        const silent = silence.passedMs !== undefined;
        const passedMs = deadline.passedMs ?? silence.passedMs;
        return passedMs === undefined
          ? failureOfError(error)
          : { code: "timeout", got: `none for ${passedMs} ms`, silent, cause: error };
      } finally {
        deadline.clear();
        silence.clear();
      }
    },
    abort: () => controller.abort(),
  };
}

/** Passes the bytes of `body` on, and calls `onSome` for each chunk. */
async function* noting(body: AsyncIterable<Uint8Array>, onSome: () => void): AsyncGenerator<Uint8Array> {
  for await (const bytes of body) {
    onSome();
    yield bytes;
  }
}

async function send(options: RequestOptions): Promise<IncomingMessage> {
  const sent = request(options);
  sent.once("socket", (socket) => socket.setKeepAlive(true, keepAliveMs));
  // The reader of the body gets an error after the response. Without a listener here the same error would end the process.
  sent.on("error", () => undefined);
  sent.end();
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  return response;
}

async function readRefusal(response: IncomingMessage): Promise<Failure> {
  const status = parseJson((await readWhole(response, maxRefusalBytes)) ?? "");
  return failureOfRefusal({
    status: response.statusCode,
    message: textOf(fieldOf(status, "message")),
    retryAfter: response.headers["retry-after"],
  });
}

interface Deadline {
  /** Aborts the request after `ms`. Replaces the time that was set before. */
  set(ms: number): void;
  clear(): void;
  /** The `ms` of a deadline that has passed; undefined before. */
  readonly passedMs: number | undefined;
}

function createDeadline(timer: Timer, controller: AbortController): Deadline {
  let cancel = (): void => undefined;
  let passedMs: number | undefined;
  return {
    set(ms) {
      cancel();
      cancel = timer(ms, () => {
        passedMs = ms;
        controller.abort();
      });
    },
    clear: () => cancel(),
    get passedMs() {
      return passedMs;
    },
  };
}
