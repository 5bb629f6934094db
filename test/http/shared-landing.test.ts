import { expect, test } from "@jest/globals";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Body } from "../../src/http/body.ts";
import { createSharedLanding } from "../../src/http/shared-landing.ts";

function createSituation(look: () => Promise<undefined>) {
  const sent: Body[] = [];
  const headers = new Map<string, unknown>();
  const readers = { send: (_response: unknown, body: Body) => Promise.resolve(sent.push(body) > 0) };
  const landing = createSharedLanding({ telemetryPath: "/metrics", look, readers });
  const response = { destroyed: false, setHeader: (name: string, value: unknown) => headers.set(name, value) };
  const request: unknown = { method: "GET" };
  const ask = (answered: unknown = response): Promise<void> =>
    landing(request as IncomingMessage, answered as ServerResponse);
  return { ask, sent, headers };
}

const textOf = (body: Body | undefined): string => Buffer.concat(body?.parts ?? []).toString();

test("requests at the same time share one collection and one page, and a later request gets a new page", async () => {
  let looks = 0;
  const { ask, sent, headers } = createSituation(() => {
    looks++;
    return Promise.resolve(undefined);
  });
  await Promise.all([ask(), ask(), ask()]);
  expect([looks, new Set(sent).size, sent.length]).toEqual([1, 1, 3]);
  expect(headers.get("Content-Length")).toBe(sent[0]?.bytes);
  await ask();
  expect([looks, new Set(sent).size]).toEqual([2, 2]);
});

test("a failed collection gives the page of an exporter that is not ready, and the next request collects again", async () => {
  let looks = 0;
  const { ask, sent } = createSituation(() =>
    looks++ === 0 ? Promise.reject(new Error("no")) : Promise.resolve(undefined),
  );
  await ask();
  await ask();
  expect(looks).toBe(2);
  expect(textOf(sent[0])).toContain("not ready");
});

test("no page is sent to a client that has disconnected", async () => {
  const { ask, sent } = createSituation(() => Promise.resolve(undefined));
  await ask({ destroyed: true });
  expect(sent).toEqual([]);
});
