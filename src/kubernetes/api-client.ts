/**
 * Requests to the API server over node:https, one after the other, none of which can last for ever. Whatever goes wrong is
 * a value.
 */

import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { request, type RequestOptions } from "node:https";
import type { Timer } from "../base/timer.ts";
import { readRequestOptions, type ApiServer } from "./api-server.ts";
import { readWhole } from "./body.ts";
import { failureOfError, failureOfRefusal, type Failure } from "./failure.ts";
import { fieldOf, parseJson, textOf } from "./json.ts";

/** The time from a request's start to the answer's first bytes: connection and handshake are in it. */
const answerMs = 30_000;

/** When the network of the node is cut, no reset comes: a silent connection is asked after this time whether it still stands. */
const keepAliveMs = 30_000;

/** A refusal is a Status object of some hundred bytes. */
const maxRefusalBytes = 65_536;

/** Takes an answer's body. What it throws is taken for the stream's error. */
export type BodyReader = (body: AsyncIterable<Uint8Array>) => Promise<Failure | undefined>;

export interface BodyLimits {
  /** How long reading the body may take. */
  readonly limitMs: number;
  /** How long nothing of it may come; as long as it takes where it is undefined. */
  readonly silentMs?: number | undefined;
}

export interface ApiClient {
  /**
   * Asks for `path` and gives the body of an answer of status 200 to `read`. Never rejects.
   *
   * @returns undefined where the body was read to its end; a failure `timeout` with `silent` where nothing came for too long
   */
  get(path: string, limits: BodyLimits, read: BodyReader): Promise<Failure | undefined>;
  /** Ends the request that is under way. */
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

/** The same bytes; `onSome` is told as they come. */
async function* noting(body: AsyncIterable<Uint8Array>, onSome: () => void): AsyncGenerator<Uint8Array> {
  for await (const bytes of body) {
    onSome();
    yield bytes;
  }
}

async function send(options: RequestOptions): Promise<IncomingMessage> {
  const sent = request(options);
  sent.once("socket", (socket) => socket.setKeepAlive(true, keepAliveMs));
  // An error after the response, which the body's reader is told of too, would have nobody to go to.
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
  /** Aborts after so many milliseconds, in the place of what was set before. */
  set(ms: number): void;
  clear(): void;
  /** What it was set to when it passed; undefined while it has not. */
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
