import { expect, test } from "@jest/globals";
import type { FirstShown, Page } from "../../src/exposition/page.ts";
import { createExposition } from "../../src/exposition/exposition.ts";
import { createSharedPages, type PageForm, type TakenPage } from "../../src/http/shared-pages.ts";
import { decodeFamilies } from "../support/metric-family.ts";
import { until } from "../support/until.ts";

const text: PageForm = { format: "text", compressed: false, since: undefined };

/** Pages with one figure, the number of the page. A collection ends when the test calls its function in `begun`. */
function createSituation() {
  const begun: (() => void)[] = [];
  const firsts: FirstShown[] = [];
  const pages = createSharedPages({
    exposition: createExposition({ runtimeMetrics: false }),
    async collect(first) {
      await new Promise<void>((resolve) => begun.push(resolve));
      firsts.push(first());
      const exporter = { exitEvents: [{ value: begun.length }] };
      return { groups: [], histograms: [], has: () => true, exitsUp: true, exporter } satisfies Page;
    },
  });
  const take = (form = text, signal = new AbortController().signal): Promise<TakenPage> => pages.take(form, signal);
  return { take, begun, firsts };
}

const textOf = ({ body }: TakenPage): string => Buffer.concat(body.parts).toString();

test("a request before the figures have been read shares that page, and a later request gets the next one", async () => {
  const { take, begun } = createSituation();
  const early = [take(), take()];
  await until(() => begun.length === 1);
  early.push(take());
  begun[0]?.();
  const taken = await Promise.all(early);
  expect(taken.map(({ number }) => number)).toEqual([1, 1, 1]);
  expect(taken[1]?.body).toBe(taken[0]?.body);
  const late = take();
  await until(() => begun.length === 2);
  begun[1]?.();
  expect(textOf(await late)).toContain("taskstats_exporter_exit_events_total 2\n");
});

test("no page is collected if its only client has left", async () => {
  const { take, begun } = createSituation();
  const first = take();
  await until(() => begun.length === 1);
  const leaver = new AbortController();
  begun[0]?.();
  await first;
  const second = take();
  await until(() => begun.length === 2);
  begun[1]?.();
  await second;
  const left = take(text, leaver.signal);
  leaver.abort(new Error("left"));
  await expect(left).rejects.toThrow("left");
  const last = take();
  await until(() => begun.length >= 3);
  begun[2]?.();
  await last;
  expect(begun).toHaveLength(3);
});

test("a series that is new since a scraper's last page is 0 for that scraper, and has its value for others", async () => {
  const { take, begun } = createSituation();
  const both = [take(), take({ ...text, since: 0 })];
  await until(() => begun.length === 1);
  begun[0]?.();
  const [asIs, zero] = await Promise.all(both);
  expect(asIs && textOf(asIs)).toContain("taskstats_exporter_exit_events_total 1\n");
  expect(zero && textOf(zero)).toContain("taskstats_exporter_exit_events_total 0\n");
});

test("in messages too, a series that is new to a scraper is 0 first, and each has the time when it was", async () => {
  const { take, begun } = createSituation();
  const before = Date.now() / 1000;
  const both = [take({ ...text, format: "protobuf" }), take({ ...text, format: "protobuf", since: 0 })];
  await until(() => begun.length === 1);
  begun[0]?.();
  const events = (await Promise.all(both)).map(({ body }) => {
    const family = decodeFamilies(Buffer.concat(body.parts)).find(({ name }) => name.endsWith("exit_events_total"));
    return family?.metric[0]?.counter;
  });
  expect(events.map((counter) => counter?.value)).toEqual([1, 0]);
  for (const counter of events) expect(counter?.created_timestamp?.seconds).toBeLessThanOrEqual(before);
});

test("a page is collected as 0 first only if all of its clients want that", async () => {
  const { take, begun, firsts } = createSituation();
  const zero = take({ ...text, since: 0 });
  await until(() => begun.length === 1);
  begun[0]?.();
  await zero;
  const mixed = [take({ ...text, since: 1 }), take()];
  await until(() => begun.length === 2);
  begun[1]?.();
  await Promise.all(mixed);
  expect(firsts).toEqual(["zero", "figures"]);
});
