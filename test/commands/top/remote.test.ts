import { afterEach, describe, expect, test } from "@jest/globals";
import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { addressOf, askExporter } from "../../../src/commands/top/remote.ts";
import { groupViewOf, liveViewOf } from "../../support/live-groups.ts";

const view = liveViewOf([groupViewOf("job", { run: 1 })]);

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

async function serveWith(listener: RequestListener): Promise<URL> {
  server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
}

const failureOf = async (url: URL, limitMs = 5000): Promise<unknown> =>
  askExporter(url, limitMs).then(
    () => undefined,
    (error: unknown) => error,
  );

describe("the address that is asked", () => {
  const examples: readonly (readonly [exporter: string, address: string])[] = [
    ["http://box:10275", "http://box:10275/live.json"],
    ["http://box/node/7", "http://box/node/7/live.json"],
    ["http://box/node/7/", "http://box/node/7/live.json"],
    ["https://me:secret@box/?a=b#c", "https://box/live.json"],
    ["http://[::1]:10275", "http://[::1]:10275/live.json"],
  ];
  test.each(examples)("of %s is %s", (exporter, address) => {
    expect(addressOf(new URL(exporter)).href).toBe(address);
  });
});

test("the view of an exporter comes with its age by the exporter's own clock", async () => {
  const url = await serveWith((_, response) => {
    response.setHeader("Date", new Date((view.sampledAt + 3) * 1000).toUTCString()).end(JSON.stringify(view));
  });
  expect(await askExporter(url, 5000)).toEqual({ view, ageSeconds: 3.5 });
});

test("an exporter that does not say what time it is has no age", async () => {
  const url = await serveWith((_, response) => {
    response.sendDate = false;
    response.end(JSON.stringify(view));
  });
  expect((await askExporter(url, 5000)).ageSeconds).toBeUndefined();
});

test("user and password are sent as basic authentication, below the path of a proxy, and stand in no message", async () => {
  const requests: IncomingMessage[] = [];
  const url = await serveWith((request, response) => {
    requests.push(request);
    response.writeHead(401).end();
  });
  const error = await failureOf(new URL(`http://me:s%3Acret%C3%BC@${url.host}/node`));
  const [{ url: path, headers }] = requests as [IncomingMessage];
  expect([path, Buffer.from(headers.authorization?.slice(6) ?? "", "base64").toString()]).toEqual([
    "/node/live.json",
    "me:s:cret\u00fc",
  ]);
  expect(String(error)).toMatch(
    /EXPORTER_PASSWORD at http:\/\/127.0.0.1:\d+\/node\/live.json: .*got status 401; give both/,
  );
  expect(String(error)).not.toContain("cret");
});

describe("an exporter that", () => {
  const answers: readonly (readonly [status: number, code: string])[] = [
    [401, "EXPORTER_PASSWORD"],
    [403, "EXPORTER_PASSWORD"],
    [404, "EXPORTER_OLD"],
    [500, "EXPORTER_ANSWER"],
    [503, "NOT_READY"],
  ];
  test.each(answers)("answers with status %d is the error %s", async (status, code) => {
    const url = await serveWith((_, response) => void response.writeHead(status).end("text"));
    expect(await failureOf(url)).toMatchObject({ code });
  });

  test("answers with another page is an error that says what is missing", async () => {
    const url = await serveWith((_, response) => void response.end("{}"));
    expect(await failureOf(url)).toMatchObject({
      code: "EXPORTER_ANSWER",
      message: expect.stringContaining("version"),
    });
  });

  test("does not listen is an error that says so", async () => {
    const url = await serveWith(() => undefined);
    server?.close();
    await once(server as Server, "close");
    expect(await failureOf(url)).toMatchObject({
      code: "EXPORTER_UNREACHABLE",
      message: expect.stringContaining("ECONNREFUSED"),
    });
  });

  test("does not answer is an error when the time is over", async () => {
    const url = await serveWith(() => undefined);
    expect(await failureOf(url, 50)).toMatchObject({
      code: "EXPORTER_UNREACHABLE",
      message: expect.stringContaining("no answer within 50 ms"),
    });
  });

  test("breaks off is an error", async () => {
    const url = await serveWith((_, response) => {
      response.writeHead(200, { "Content-Length": 1000 });
      response.write("{", () => response.destroy());
    });
    expect(await failureOf(url)).toMatchObject({ code: "EXPORTER_UNREACHABLE" });
  });
});
