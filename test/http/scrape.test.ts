import { describe, expect, test } from "@jest/globals";
import { EventEmitter } from "node:events";
import type { IncomingMessage } from "node:http";
import { gunzipSync } from "node:zlib";
import { ExporterError, type ErrorCode } from "../../src/base/errors.ts";
import { createExposition } from "../../src/exposition/exposition.ts";
import type { FirstShown, Page } from "../../src/exposition/page.ts";
import type { Body } from "../../src/http/body.ts";
import type { Rejection } from "../../src/http/rejection.ts";
import { createScrape } from "../../src/http/scrape.ts";
import { createFakeResponse, type FakeResponse } from "../support/fake-response.ts";

const page: Page = {
  groups: [],
  histograms: [],
  has: () => true,
  exitsUp: true,
  exporter: { exitEvents: [{ value: 7 }] },
};

interface Situation {
  readonly maxRequests?: number;
  readonly zeroFirst?: boolean;
  readonly collect?: () => Promise<Page>;
}

function createSituation({
  maxRequests = 40,
  zeroFirst = true,
  collect = () => Promise.resolve(page),
}: Situation = {}) {
  const errors: ErrorCode[] = [];
  const rejected: Rejection[] = [];
  const firsts: FirstShown[] = [];
  const sent: Body[] = [];
  /** What the readers do: whether the client takes its page, and whether one that does not can be cut off. */
  const readers = { takes: true, stalled: false };
  const scrape = createScrape(
    {
      ...{ maxRequests, zeroFirst, exposition: createExposition({ runtimeMetrics: false }) },
      async collect(first) {
        const collected = await collect();
        firsts.push(first());
        return collected;
      },
      onScrapeError: (code) => errors.push(code),
      onRejected: (reason) => rejected.push(reason),
    },
    {
      send: (_response, body) => Promise.resolve(sent.push(body) > 0 && readers.takes),
      cutStalled: () => readers.stalled,
    },
  );
  /** Begins a scrape, whose client stays until `close` of the response. */
  function begin({ method = "GET", gzip = false, headers = {}, socket = new EventEmitter() } = {}) {
    const answer = createFakeResponse();
    const known = { "x-prometheus-scrape-timeout-seconds": "3600", ...headers };
    const request = { method, headers: known, socket, url: "/metrics" };
    return { answer, done: scrape(request as unknown as IncomingMessage, answer.response, { gzip }) };
  }
  async function ask(options: Parameters<typeof begin>[0] = {}): Promise<FakeResponse> {
    const { answer, done } = begin(options);
    await done;
    answer.close();
    return answer;
  }
  return { begin, ask, errors, rejected, firsts, sent, readers };
}

const bytesOf = (body: Body | undefined): Buffer => Buffer.concat(body?.parts ?? []);

describe("a scrape", () => {
  test("is answered with the page, its length, and its type", async () => {
    const { ask, sent, errors } = createSituation();
    const { status, headers } = await ask();
    expect([status, headers]).toEqual([
      200,
      {
        vary: "Accept, Accept-Encoding",
        "content-type": "text/plain; version=0.0.4; charset=utf-8",
        "content-length": sent[0]?.bytes,
      },
    ]);
    expect(bytesOf(sent[0]).toString()).toContain("\ntaskstats_exporter_exit_events_total 7\n");
    expect(errors).toEqual([]);
  });

  test("gets the format that its Accept header prefers, compressed where that is accepted", async () => {
    const { ask, sent } = createSituation();
    const { headers } = await ask({ gzip: true, headers: { accept: "application/openmetrics-text" } });
    expect(headers["content-type"]).toBe("application/openmetrics-text; version=1.0.0; charset=utf-8");
    expect([headers["content-encoding"], headers["content-length"]]).toEqual(["gzip", bytesOf(sent[0]).length]);
    expect(gunzipSync(bytesOf(sent[0])).toString()).toMatch(/\n# EOF\n$/);
  });

  test("by HEAD gets the headers of the page and no body", async () => {
    const { ask, sent } = createSituation();
    const { status, headers, text } = await ask({ method: "HEAD" });
    expect([status, text, sent]).toEqual([200, "", []]);
    expect(headers["content-length"]).toBeGreaterThan(0);
  });

  test("whose collection fails gets 503 and the error's text, and is reported by the error's code", async () => {
    const failure = new ExporterError("SOCKET_FAILED", { where: "recvmmsg", want: "datagrams", got: "EBADF" });
    const { ask, errors } = createSituation({ collect: () => Promise.reject(failure) });
    const { status, text, headers } = await ask({ gzip: true });
    expect([status, text, errors]).toEqual([503, `${failure.message}\n`, ["SOCKET_FAILED"]]);
    expect(headers["content-encoding"]).toBeUndefined();
  });

  test("whose collection fails with another error is reported as COLLECTION_FAILED", async () => {
    const { ask, errors } = createSituation({ collect: () => Promise.reject(new TypeError("boom")) });
    expect(await ask()).toMatchObject({ status: 503, text: "boom\n" });
    expect(errors).toEqual(["COLLECTION_FAILED"]);
  });

  test("whose client leaves before the page is there is neither answered nor reported", async () => {
    const { begin, errors, sent } = createSituation({ collect: () => new Promise(() => undefined) });
    const { answer, done } = begin();
    answer.close();
    await done;
    expect([answer.text, errors, sent]).toEqual([undefined, [], []]);
  });
});

describe("the limit of scrapes", () => {
  test("refuses one scrape too many with 503, and admits another when one has ended", async () => {
    const { begin, rejected, sent } = createSituation({ maxRequests: 2 });
    const [first, second, third] = [begin(), begin(), begin()];
    await Promise.all([first.done, second.done, third.done]);
    expect(third.answer).toMatchObject({
      status: 503,
      text: "2 scrapes are being served already (--web.max-requests)\n",
    });
    expect([rejected, sent.length]).toEqual([["max_requests"], 2]);
    first.answer.close();
    const fourth = begin();
    await fourth.done;
    expect([fourth.answer.status, rejected.length]).toEqual([200, 1]);
  });

  test("admits a scrape beyond it where a reader that takes nothing can be cut off", async () => {
    const { begin, readers, rejected } = createSituation({ maxRequests: 1 });
    readers.stalled = true;
    const both = [begin(), begin()];
    await Promise.all(both.map(({ done }) => done));
    expect([both.map(({ answer }) => answer.status), rejected]).toEqual([[200, 200], []]);
  });

  test("of 0 admits any number", async () => {
    const { begin } = createSituation({ maxRequests: 0 });
    const many = Array.from({ length: 100 }, () => begin());
    await Promise.all(many.map(({ done }) => done));
    expect(new Set(many.map(({ answer }) => answer.status))).toEqual(new Set([200]));
  });
});

describe("a scraper's next page", () => {
  test("begins new series with 0 when it has received a page before", async () => {
    const { ask, firsts } = createSituation();
    const socket = new EventEmitter();
    for (let count = 0; count < 3; count++) await ask({ socket });
    expect(firsts).toEqual(["figures", "zero", "zero"]);
  });

  test("does not begin them with 0 when it did not take the page before", async () => {
    const { ask, firsts, readers } = createSituation();
    const socket = new EventEmitter();
    readers.takes = false;
    await ask({ socket });
    await ask({ socket });
    expect(firsts).toEqual(["figures", "figures"]);
  });

  test("never begins them with 0 where that is off", async () => {
    const { ask, firsts } = createSituation({ zeroFirst: false });
    const socket = new EventEmitter();
    await ask({ socket });
    await ask({ socket });
    expect(firsts).toEqual(["figures", "figures"]);
  });
});
