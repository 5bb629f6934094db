/** A response as Node hands it to a handler, which remembers what is written to it. There is no connection. */

import { EventEmitter } from "node:events";
import type { ServerResponse } from "node:http";

export interface FakeResponse {
  readonly response: ServerResponse;
  readonly status: number;
  /** The headers by their lower-case names. */
  readonly headers: Readonly<Record<string, unknown>>;
  /** The body; undefined until the response has ended. */
  readonly text: string | undefined;
  readonly destroyed: boolean;
  /** What Node does when the response has been sent, or when the client has left. */
  close(): void;
}

export function createFakeResponse(): FakeResponse {
  const headers: Record<string, unknown> = {};
  let text: string | undefined;
  const response = Object.assign(new EventEmitter(), {
    ...{ statusCode: 200, headersSent: false, destroyed: false },
    setHeader: (name: string, value: unknown) => void (headers[name.toLowerCase()] = value),
    removeHeader: (name: string) => Reflect.deleteProperty(headers, name.toLowerCase()),
    end: (body = "", sent: () => void = () => undefined) => {
      text = body;
      response.headersSent = true;
      sent();
    },
    destroy: () => {
      response.destroyed = true;
    },
  });
  return {
    response: response as unknown as ServerResponse,
    headers,
    get status() {
      return response.statusCode;
    },
    get text() {
      return text;
    },
    get destroyed() {
      return response.destroyed;
    },
    close() {
      response.destroyed = true;
      response.emit("close");
    },
  };
}
