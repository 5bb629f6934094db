import { expect, test } from "@jest/globals";
import { EventEmitter } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createScrapers } from "../../src/http/scrapers.ts";

/** Scrapers of one kind, a clock, and connections as Node shows them. */
function createSituation() {
  let now = 0;
  const scrapers = createScrapers(() => now);
  const open = (
    userAgent = "Prometheus/2.42",
  ): { scrape(page?: number): number | undefined; begin(): () => void; close(failed?: boolean): void } => {
    const socket = Object.assign(new EventEmitter(), { remoteAddress: "127.0.0.1" });
    const headers = { "user-agent": userAgent, "x-prometheus-scrape-timeout-seconds": "1" };
    const request = { socket, headers, url: "/metrics", method: "GET" } as unknown as IncomingMessage;
    const ask = () => {
      const response = new EventEmitter();
      return { response, scraper: scrapers.recognise(request, response as unknown as ServerResponse) };
    };
    return {
      scrape(page) {
        const { response, scraper } = ask();
        if (page !== undefined) scraper?.sent(page);
        response.emit("close");
        return scraper?.last;
      },
      begin() {
        const { response } = ask();
        return () => void response.emit("close");
      },
      close: (failed = false) => void socket.emit("close", failed),
    };
  };
  return { open, wait: (ms: number) => void (now += ms) };
}

test("a scraper has no last page at first, and then the one that it received last", () => {
  const { open } = createSituation();
  const one = open();
  expect([one.scrape(1), one.scrape(2), one.scrape(5)]).toEqual([undefined, 1, 2]);
});

test("two scrapers of a kind with different intervals each have a last page of their own", () => {
  const { open, wait } = createSituation();
  const [often, seldom] = [open(), open()];
  often.scrape(1);
  wait(1000);
  seldom.scrape(2);
  for (const page of [3, 4, 5]) {
    wait(1000);
    expect(often.scrape(page)).toBe(page === 3 ? 1 : page - 1);
  }
  wait(1000);
  expect(seldom.scrape(6)).toBe(2);
});

test("a connection that is opened while the first is busy has the last page of the first", () => {
  const { open, wait } = createSituation();
  const first = open();
  first.scrape(1);
  wait(1000);
  const end = first.begin();
  expect(open().scrape(2)).toBe(1);
  end();
});

test("a scraper that connects again has its last page, but not one that it did not receive", () => {
  const { open } = createSituation();
  const [first, second, third] = [open(), open("b"), open("c")];
  first.scrape(1);
  first.close();
  expect(open().scrape()).toBe(1);
  second.scrape(2);
  second.scrape(3);
  second.close(true);
  expect(open("b").scrape()).toBe(2);
  third.scrape();
  third.close();
  expect(open("c").scrape()).toBeUndefined();
});

test("two scrapers of a kind that both connect again have the later page, so that no increase is shown twice", () => {
  const { open, wait } = createSituation();
  const [one, other] = [open(), open()];
  one.scrape(1);
  wait(1000);
  other.scrape(2);
  wait(1000);
  one.close();
  other.close();
  const back = [open(), open()];
  expect(back.map((connection) => connection.scrape())).toEqual([2, 2]);
});
