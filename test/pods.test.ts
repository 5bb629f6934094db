/** Whether pods are watched, depending on flags and environment. */

import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openPodWatch } from "../src/pods.ts";

let account: string;
let log: string[];
beforeEach(() => {
  account = mkdtempSync(join(tmpdir(), "service-account-"));
  writeFileSync(join(account, "token"), "secret");
  log = [];
});
afterEach(() => rmSync(account, { recursive: true }));

const cluster = { KUBERNETES_SERVICE_HOST: "127.0.0.1", KUBERNETES_SERVICE_PORT: "6443" };
const pod = { ...cluster, NODE_NAME: "node-1" };

async function open(
  kubernetes: "off" | "auto" | "on",
  env: Readonly<Record<string, string>>,
  { kubernetesNode, serviceAccountDir = account }: { kubernetesNode?: string; serviceAccountDir?: string } = {},
): Promise<boolean> {
  const note = (fields: object, message: string): void => void log.push(`${message} ${JSON.stringify(fields)}`);
  const flags = { kubernetes, kubernetesNode, serviceAccountDir };
  return (await openPodWatch(flags, env, { debug: note, info: note, warn: note, error: note })) !== undefined;
}

test("pods are watched in a pod that knows its node, unless --kubernetes=off", async () => {
  expect(await open("auto", pod)).toBe(true);
  expect(await open("on", pod)).toBe(true);
  expect(await open("on", cluster, { kubernetesNode: "node-2" })).toBe(true);
  expect(await open("off", pod)).toBe(false);
  expect(log).toEqual([]);
});

test("outside of a cluster pods are not watched, which is an error only with --kubernetes=on", async () => {
  expect(await open("auto", { NODE_NAME: "node-1" })).toBe(false);
  expect(await open("auto", pod, { serviceAccountDir: "/nonexistent" })).toBe(false);
  expect(log).toEqual([]);
  await expect(open("on", pod, { serviceAccountDir: "/nonexistent" })).rejects.toThrow(
    "KUBERNETES_MISSING at --kubernetes=on: want KUBERNETES_SERVICE_HOST and _PORT in the environment, and /nonexistent/token, got not all of them",
  );
});

test("without a node name pods are not watched, which is an error with --kubernetes=on and a warning with auto", async () => {
  const message = "want --kubernetes.node or the environment variable NODE_NAME, got neither";
  await expect(open("on", cluster)).rejects.toThrow(`KUBERNETES_MISSING at --kubernetes=on: ${message}`);
  expect(await open("auto", cluster)).toBe(false);
  expect(log).toEqual([expect.stringContaining("series do not name pods")]);
});
