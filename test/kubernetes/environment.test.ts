import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findApiServer } from "../../src/kubernetes/environment.ts";

let account: string;

beforeAll(() => {
  account = mkdtempSync(join(tmpdir(), "account-"));
  writeFileSync(join(account, "token"), "t");
});

afterAll(() => rmSync(account, { recursive: true }));

describe("the API server of a cluster", () => {
  test("is at the address that the environment has", () => {
    const env = { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "6443" };
    expect(findApiServer(env, account)).toEqual({ host: "fd00::1", port: 6443, serviceAccountDir: account });
  });

  test("listens on port 443 by default", () => {
    expect(findApiServer({ KUBERNETES_SERVICE_HOST: "10.0.0.1" }, account)?.port).toBe(443);
  });

  test("is not found without a token", () => {
    expect(findApiServer({ KUBERNETES_SERVICE_HOST: "10.0.0.1" }, join(account, "none"))).toBeUndefined();
  });

  test.each<Record<string, string>>([
    {},
    { KUBERNETES_SERVICE_HOST: "" },
    { KUBERNETES_SERVICE_PORT: "443" },
    { KUBERNETES_SERVICE_HOST: "10.0.0.1", KUBERNETES_SERVICE_PORT: "tcp://10.0.0.1:443" },
    { KUBERNETES_SERVICE_HOST: "10.0.0.1", KUBERNETES_SERVICE_PORT: "" },
    { KUBERNETES_SERVICE_HOST: "10.0.0.1", KUBERNETES_SERVICE_PORT: "65536" },
  ])("is not found in the environment %j", (env) => {
    expect(findApiServer(env, account)).toBeUndefined();
  });
});
