import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readRequestOptions, urlOf } from "../../src/kubernetes/api-server.ts";

const certificate = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";

let account: string;

beforeEach(() => {
  account = mkdtempSync(join(tmpdir(), "account-"));
  write("token", "secret\n");
  write("ca.crt", certificate);
});

afterEach(() => rmSync(account, { recursive: true }));

function write(name: string, text: string): void {
  writeFileSync(join(account, name), text);
}

const read = () => readRequestOptions({ host: "server", port: 443, serviceAccountDir: account });

describe("a request to the API server", () => {
  test("has the token without its newline, and trusts only the authority", async () => {
    expect(await read()).toMatchObject({
      headers: { authorization: "Bearer secret" },
      ca: certificate.trim(),
      rejectUnauthorized: true,
    });
  });

  test("has the new token after a renewal", async () => {
    await read();
    write("token", "renewed");
    expect(await read()).toMatchObject({ headers: { authorization: "Bearer renewed" } });
  });

  test.each([
    ["token", "", "unauthorized"],
    ["token", "two\nlines", "unauthorized"],
    ["token", "\u0000", "unauthorized"],
    ["ca.crt", "", "tls"],
    ["ca.crt", "nonsense", "tls"],
  ])("is not sent if the file %s is %j, and the failure does not show the contents", async (name, content, code) => {
    write(name, content);
    expect(await read()).toEqual({ code, got: `${join(account, name)} of another form` });
  });

  test.each([
    ["token", "unauthorized"],
    ["ca.crt", "tls"],
  ])("is not sent if %s is missing", async (name, code) => {
    rmSync(join(account, name));
    expect(await read()).toMatchObject({ code, got: `${join(account, name)} that cannot be read` });
  });
});

test("the URL of a server at an IPv6 address has brackets", () => {
  expect(urlOf({ host: "fd00::1", port: 443, serviceAccountDir: "" })).toBe("https://[fd00::1]:443");
  expect(urlOf({ host: "10.0.0.1", port: 443, serviceAccountDir: "" })).toBe("https://10.0.0.1:443");
});
