import { describe, expect, test } from "@jest/globals";
import { hash as bcrypt } from "bcryptjs";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { ExporterError } from "../../../src/base/errors.ts";
import { createWebServers } from "../../../src/http/web-config/server.ts";
import { execFileSync } from "../../support/processes.ts";
import { tlsLines as tls, useWebServers } from "./situation.ts";

const situation = useWebServers();
const { configure, serve, start } = situation;

function startError(text: string): string {
  try {
    createWebServers(() => undefined, { path: configure(text), onError: () => undefined }).create();
  } catch (error) {
    if (error instanceof ExporterError) return error.message;
    throw error;
  }
  return "no error";
}

describe("a server without TLS", () => {
  test.each([undefined, ""])("serves plain HTTP without restrictions if the file is %j", async (path) => {
    const server = await start(path);
    expect(server.secure).toBe(false);
    expect(await server.get()).toMatchObject({ status: 200, body: "hello" });
  });

  test("serves plain HTTP under an empty file", async () => {
    const server = await serve("");
    expect(server.secure).toBe(false);
    expect(await server.get()).toMatchObject({ status: 200, body: "hello" });
  });

  test("stays plain HTTP if the file gets a certificate after the start", async () => {
    const server = await serve("");
    configure(tls());
    expect(await server.get()).toMatchObject({ status: 200, body: "hello" });
  });
});

describe("a bad file at the start", () => {
  test("is an error when it is missing", () => {
    const path = join(situation.directory.path, "missing.yml");
    expect(() => createWebServers(() => undefined, { path, onError: () => undefined })).toThrow(
      `WEB_CONFIG at ${path}: want a readable file, got none;`,
    );
  });

  test("is an error with its line and column", () => {
    expect(startError("rate_limit:\n  burst: x\n")).toMatch(
      /^WEB_CONFIG at .*web\.yml:2:10: want an integer, got "x";/,
    );
  });
});

describe("the headers of the file", () => {
  const text = "http_server_config:\n  headers:\n    X-Frame-Options: deny\n    Content-Security-Policy: default-src\n";

  test("are sent with pages and with refusals", async () => {
    const server = await serve(text);
    const page = await server.get();
    expect(page.headers["x-frame-options"]).toBe("deny");
    expect(page.headers["content-security-policy"]).toBe("default-src");
    configure(`${text}basic_auth_users: {alice: ${await bcrypt("a", 4)}}\n`);
    expect(await server.get()).toMatchObject({ status: 401, headers: { "x-frame-options": "deny" } });
  });

  test("change with the next request", async () => {
    const server = await serve(text);
    configure(text.replace("deny", "sameorigin"));
    expect((await server.get()).headers["x-frame-options"]).toBe("sameorigin");
    configure("");
    expect((await server.get()).headers["x-frame-options"]).toBeUndefined();
  });
});

describe("the users of the file", () => {
  const usersOf = async (password: string) => `basic_auth_users:\n  alice: ${await bcrypt(password, 4)}\n`;

  test("are admitted with their password", async () => {
    const server = await serve(await usersOf("wonderland"));
    expect(await server.get({ auth: "alice:wonderland" })).toMatchObject({ status: 200, body: "hello" });
  });

  test.each([undefined, "alice:", "alice:wrong", "alice", "bob:wonderland", ":wonderland", "ALICE:wonderland"])(
    "do not include a client with the credentials %j",
    async (auth) => {
      const server = await serve(await usersOf("wonderland"));
      const answer = await server.get(auth === undefined ? {} : { auth });
      expect(answer).toMatchObject({ status: 401, body: "Unauthorized\n", headers: { "www-authenticate": "Basic" } });
      expect(answer.headers["content-type"]).toBe("text/plain; charset=utf-8");
      expect(server.handled()).toBe(0);
    },
  );

  test("are admitted by a changed password at the next request, and no longer by the old one", async () => {
    const server = await serve(await usersOf("old"));
    expect(await server.get({ auth: "alice:old" })).toMatchObject({ status: 200 });
    expect(await server.get({ auth: "alice:new" })).toMatchObject({ status: 401 });
    configure(await usersOf("new"));
    expect(await server.get({ auth: "alice:old" })).toMatchObject({ status: 401 });
    expect(await server.get({ auth: "alice:new" })).toMatchObject({ status: 200 });
  });

  test("need no password once the file lists no users", async () => {
    const server = await serve(await usersOf("old"));
    configure("basic_auth_users: {}\n");
    expect(await server.get()).toMatchObject({ status: 200 });
  });
});

describe("the rate limit of the file", () => {
  const limit = (burst: number) => `rate_limit:\n  interval: 1h\n  burst: ${burst}\n`;

  test("answers 429 beyond the burst, before headers and passwords", async () => {
    const more = `http_server_config: {headers: {X-Frame-Options: deny}}\nbasic_auth_users: {a: ${await bcrypt("a", 4)}}\n`;
    const server = await serve(limit(2) + more);
    expect(await server.get()).toMatchObject({ status: 401 });
    expect(await server.get({ auth: "a:a" })).toMatchObject({ status: 200 });
    const answer = await server.get({ auth: "a:a" });
    expect(answer).toMatchObject({ status: 429, body: "Too Many Requests\n" });
    expect(answer.headers["x-frame-options"]).toBeUndefined();
    expect(server.handled()).toBe(1);
  });

  test("stays that of the start if the file changes", async () => {
    const server = await serve(limit(1));
    configure(limit(100));
    expect(await server.get()).toMatchObject({ status: 200 });
    expect(await server.get()).toMatchObject({ status: 429 });
  });
});

test("only public paths are answered without a password, beyond the rate limit, and under a bad file", async () => {
  const limited = `rate_limit: {interval: 1h, burst: 2}\nbasic_auth_users: {a: ${await bcrypt("a", 4)}}\n`;
  const server = await start(configure(limited), ["/-/healthy"]);
  const statuses = async (...paths: string[]): Promise<(number | undefined)[]> => {
    const answers: (number | undefined)[] = [];
    for (const path of paths) answers.push((await server.get({ path })).status);
    return answers;
  };
  expect(await statuses("/-/healthy", "/-/healthy?a=b", "/-/healthy", "/-/healthy")).toEqual([200, 200, 200, 200]);
  expect(await statuses("/-/healthy/", "/-/healthy/../../metrics", "/metrics")).toEqual([401, 401, 429]);
  configure("rate_limit: {bursts: 1}\n");
  expect(await statuses("/-/healthy", "/metrics")).toEqual([200, 500]);
});

describe("a file that goes bad", () => {
  test("answers 500 and reports the reason until the file is valid again", async () => {
    const server = await serve("");
    configure("rate_limit: {bursts: 1}\n");
    const answer = await server.get();
    expect(answer).toMatchObject({ status: 500, body: "Internal Server Error\n" });
    expect(server.errors.map(({ code, where }) => [code, where])).toEqual([
      ["WEB_CONFIG", join(situation.directory.path, "web.yml:1:14")],
    ]);
    expect(server.handled()).toBe(0);
    configure("");
    expect(await server.get()).toMatchObject({ status: 200 });
    expect(server.errors).toHaveLength(1);
  });

  test("answers 500 when it has become a named pipe, and does not wait for a writer", async () => {
    const server = await serve("");
    rmSync(join(situation.directory.path, "web.yml"));
    execFileSync("mkfifo", [join(situation.directory.path, "web.yml")]);
    expect(await server.get()).toMatchObject({ status: 500 });
    expect(server.errors[0]?.message).toMatch(/web\.yml: want a readable file, got a named pipe;/);
    rmSync(join(situation.directory.path, "web.yml"));
  });

  test("answers 500 when it is nested ten thousand levels deep", async () => {
    const server = await serve("");
    configure("[".repeat(10_000));
    expect(await server.get()).toMatchObject({ status: 500 });
    expect(server.errors[0]?.message).toMatch(/web\.yml:1:\d+: want at most 32 levels, got more;/);
  });

  test("answers 500 when it is missing", async () => {
    const server = await serve("");
    rmSync(join(situation.directory.path, "web.yml"));
    expect(await server.get()).toMatchObject({ status: 500 });
    expect(server.errors[0]?.message).toMatch(/want a readable file, got none;/);
  });

  test("does not admit users by the last valid file", async () => {
    const server = await serve(`basic_auth_users: {alice: ${await bcrypt("a", 4)}}\n`);
    expect(await server.get({ auth: "alice:a" })).toMatchObject({ status: 200 });
    configure("basic_auth_users: {alice: nothing}\n");
    expect(await server.get({ auth: "alice:a" })).toMatchObject({ status: 500 });
  });
});
