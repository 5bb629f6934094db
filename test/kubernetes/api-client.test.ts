import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { once } from "node:events";
import { createServer as createPlainServer, type AddressInfo, type Server } from "node:net";
import { createServer } from "node:tls";
import { createApiClient, type ApiClient } from "../../src/kubernetes/api-client.ts";
import { readWhole } from "../../src/kubernetes/body.ts";
import { createServerCredentials, type ServerCredentials } from "../support/fake-api-server.ts";
import { createFakeTime, type FakeTime } from "../support/fake-time.ts";
import { until } from "../support/until.ts";

let credentials: ServerCredentials;
let time: FakeTime;
let server: Server | undefined;

beforeAll(() => {
  credentials = createServerCredentials();
  credentials.directory.write("token", "token-1");
});

beforeEach(() => {
  time = createFakeTime();
});

afterEach(() => {
  server?.close();
});

afterAll(() => credentials.directory.remove());

/** A client of a TLS server that sends these bytes on each connection, and then nothing more. */
async function clientOf(bytes: string, secure = true): Promise<ApiClient> {
  const { cert, key } = credentials.server;
  server = secure
    ? createServer({ cert, key }, (socket) => socket.on("error", () => undefined).write(bytes))
    : createPlainServer((socket) => socket.on("error", () => undefined).write(bytes));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return createApiClient({ host: "127.0.0.1", port, serviceAccountDir: credentials.directory.path }, time.timer);
}

/** Sends a request and reads the body to its end. @returns the code of the failure, if there is one */
async function outcome(client: ApiClient): Promise<string | undefined> {
  const failure = await client.get("/", { limitMs: 60_000 }, async (body) => {
    await readWhole(body, 1000);
    return undefined;
  });
  return failure?.code;
}

/** As `outcome`, for a request that still waits after `ms`. */
async function outcomeAfter(client: ApiClient, ms: number): Promise<string | undefined> {
  const failed = outcome(client);
  await until(() => time.pending[0] === ms);
  time.advance(ms);
  return failed;
}

const head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

describe("a request to the API server", () => {
  test("is answered, and leaves no timer behind", async () => {
    expect(await outcome(await clientOf(`${head}2\r\nok\r\n0\r\n\r\n`))).toBeUndefined();
    expect(time.pending).toEqual([]);
  });

  test.each([
    ["speaks without TLS", "HTTP/1.1 400 Bad Request\r\n\r\n", false, "tls"],
    ["does not speak HTTP", "220 smtp.example ESMTP\r\n", true, "malformed"],
    ["breaks its chunks at once", `${head}ZZZ\r\n`, true, "unreachable"],
    ["breaks its chunks later", `${head}2\r\nok\r\nZZZ\r\n`, true, "unreachable"],
  ])("fails if the server %s", async (_, bytes, secure, code) => {
    expect(await outcome(await clientOf(bytes, secure))).toBe(code);
    expect(time.pending).toEqual([]);
  });

  test.each([
    ["says nothing", "", 30_000],
    ["does not finish its headers", "HTTP/1.1 200 OK\r\nX-A: b\r\n", 30_000],
    ["does not finish its body", `${head}2\r\nok\r\n`, 60_000],
    ["does not finish its refusal", "HTTP/1.1 403 Forbidden\r\nContent-Length: 9\r\n\r\nno", 60_000],
  ])("ends with a timeout if the server %s", async (_, bytes, ms) => {
    expect(await outcomeAfter(await clientOf(bytes), ms)).toBe("timeout");
    expect(time.pending).toEqual([]);
  });

  test("is refused as its status says, even if the body of the refusal has no end", async () => {
    const endless = `HTTP/1.1 403 Forbidden\r\nContent-Length: 99999999\r\n\r\n${"x".repeat(100_000)}`;
    expect(await outcome(await clientOf(endless))).toBe("forbidden");
  });

  test("ends when it is aborted, before its answer and during it", async () => {
    for (const [bytes, ms] of [["", 30_000] as const, [head, 60_000] as const]) {
      const client = await clientOf(bytes);
      const failed = outcome(client);
      await until(() => time.pending[0] === ms);
      client.abort();
      expect(await failed).toBeDefined();
      expect(time.pending).toEqual([]);
      server?.close();
    }
  });

  test("is not sent if the certificate is another host's", async () => {
    const { directory } = credentials;
    const { cert, key } = directory.signed("other", "authority", "DNS:other.example");
    const received: unknown[] = [];
    server = createServer({ cert, key }, (socket) => {
      socket.on("error", () => undefined).on("data", (bytes) => received.push(bytes));
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    const api = { host: "127.0.0.1", port, serviceAccountDir: directory.path };
    expect(await outcome(createApiClient(api, time.timer))).toBe("tls");
    await new Promise((resolve) => server?.close(resolve));
    expect(received).toEqual([]);
  });
});
