import { beforeAll, describe, expect, test } from "@jest/globals";
import { hash as bcrypt } from "bcryptjs";
import type { IncomingMessage } from "node:http";
import { ExporterError } from "../../../src/base/errors.ts";
import type { Rejection } from "../../../src/http/rejection.ts";
import { parseWebConfig } from "../../../src/http/web-config/config.ts";
import { createWebGuard } from "../../../src/http/web-config/guard.ts";
import { createFakeResponse, type FakeResponse } from "../../support/fake-response.ts";
import { until } from "../../support/until.ts";

let users = "";
beforeAll(async () => void (users = `basic_auth_users: {alice: ${await bcrypt("wonderland", 4)}}\n`));

const alice = `Basic ${Buffer.from("alice:wonderland").toString("base64")}`;
const frames = "http_server_config: {headers: {X-Frame-Options: deny}}\n";
const once = "rate_limit: {interval: 1h, burst: 1}\n";

/** A guard of a handler that answers `hello`, under a file that a test may change. */
function createSituation(text: string) {
  const errors: ExporterError[] = [];
  const rejected: Rejection[] = [];
  const handled: string[] = [];
  const file = { path: "web.yml", text, read: () => parseWebConfig(file.text, file.path) };
  const guard = createWebGuard(
    ({ url = "" }, response) => {
      handled.push(url);
      response.end("hello");
    },
    file,
    {
      ...{ onError: (error) => errors.push(error), onRejected: (reason) => rejected.push(reason) },
      publicPaths: new Set(["/-/healthy"]),
    },
  );
  function begin(
    url = "/metrics",
    { authorization, paused = false }: { authorization?: string; paused?: boolean } = {},
  ) {
    const answer = createFakeResponse();
    const socket = { remoteAddress: "192.0.2.1", isPaused: () => paused };
    guard({ url, headers: { authorization }, socket } as unknown as IncomingMessage, answer.response);
    return answer;
  }
  async function ask(...request: Parameters<typeof begin>): Promise<FakeResponse> {
    const answer = begin(...request);
    await until(() => answer.text !== undefined);
    return answer;
  }
  return { file, begin, ask, errors, rejected, handled };
}

describe("a request", () => {
  test("comes through under an empty file", async () => {
    expect(await createSituation("").ask()).toMatchObject({ status: 200, text: "hello" });
  });

  test("is answered with the headers of the file, also when it is refused", async () => {
    const { ask } = createSituation(frames + users);
    expect(await ask()).toMatchObject({ status: 401, headers: { "x-frame-options": "deny" } });
    const admitted = await ask("/metrics", { authorization: alice });
    expect(admitted).toMatchObject({ status: 200, text: "hello", headers: { "x-frame-options": "deny" } });
  });

  test("without the right password gets 401 as Go's http.Error writes it", async () => {
    const { ask, handled } = createSituation(users);
    for (const authorization of [undefined, "Basic", alice.replace("Basic", "Bearer")]) {
      expect(await ask("/metrics", authorization === undefined ? {} : { authorization })).toMatchObject({
        status: 401,
        text: "Unauthorized\n",
        headers: {
          "content-type": "text/plain; charset=utf-8",
          "x-content-type-options": "nosniff",
          "www-authenticate": "Basic",
        },
      });
    }
    expect(handled).toEqual([]);
  });

  test("beyond the rate limit gets 429 before headers and passwords are looked at", async () => {
    const { ask, handled } = createSituation(once + frames + users);
    await ask("/metrics", { authorization: alice });
    const { status, text, headers } = await ask("/metrics", { authorization: alice });
    expect([status, text, headers["x-frame-options"]]).toEqual([429, "Too Many Requests\n", undefined]);
    expect(handled).toHaveLength(1);
  });

  test("whose connection is not read gets 503, and is counted as waiting for its password", async () => {
    const { ask, rejected, handled } = createSituation(users);
    const { status, headers } = await ask("/metrics", { authorization: alice, paused: true });
    expect([status, headers["retry-after"], headers["connection"]]).toEqual([503, "1", "close"]);
    expect([rejected, handled]).toEqual([["passwords"], []]);
  });

  test("of a client that leaves during the comparison is neither handled nor answered", async () => {
    const { begin, ask, handled, rejected } = createSituation(users);
    const left = begin("/left", { authorization: alice });
    left.close();
    await ask("/stays", { authorization: alice });
    expect([left.text, handled, rejected]).toEqual([undefined, ["/stays"], []]);
  });
});

describe("a public path", () => {
  test("needs no password and is not limited, with or without a query", async () => {
    const { ask } = createSituation(`rate_limit: {interval: 1h, burst: 0}\n${users}`);
    for (const url of ["/-/healthy", "/-/healthy?a=b", "/-/healthy"]) expect((await ask(url)).status).toBe(200);
  });

  test.each(["/-/healthy/", "/-/HEALTHY", "//-/healthy", "/-/healthy#a", "/x?/-/healthy"])("is not %s", async (url) =>
    expect((await createSituation(users).ask(url)).status).toBe(401),
  );
});

describe("a bad file", () => {
  test("at the start is an error", () =>
    expect(() => createSituation("users: 1")).toThrow("WEB_CONFIG at web.yml:1:1"));

  test("later gives 500, and the reason to the log, until it is mended", async () => {
    const { file, ask, errors, handled } = createSituation("");
    file.text = "users: 1";
    expect(await ask()).toMatchObject({ status: 500, text: "Internal Server Error\n" });
    expect(errors.map(({ where }) => where)).toEqual(["web.yml:1:1"]);
    expect((await ask("/-/healthy")).status).toBe(200);
    expect(handled).toEqual(["/-/healthy"]);
    file.text = "";
    expect((await ask()).status).toBe(200);
  });
});

test("the rate limit stays that of the start when the file changes, since a new bucket would be full", async () => {
  const { file, ask } = createSituation(once);
  file.text = "rate_limit: {interval: 1h, burst: 100}\n";
  expect([(await ask()).status, (await ask()).status]).toEqual([200, 429]);
});
