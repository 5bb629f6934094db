import { afterEach, describe, expect, test } from "@jest/globals";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { ExporterError, type ErrorCode } from "../../src/base/errors.ts";
import { createExposition } from "../../src/exposition/exposition.ts";
import type { Page } from "../../src/exposition/page.ts";
import { createApp } from "../../src/http/app.ts";
import { readAssets } from "../../src/http/pages/assets.ts";
import type { Look } from "../../src/live/live.ts";
import { groupViewOf } from "../support/live-groups.ts";
import { fakeLook } from "../support/look.ts";

const emptyPage: Page = {
  groups: [],
  histograms: [],
  has: () => true,
  exitsUp: true,
  exporter: { exitEvents: [{ value: 7 }] },
};

const shown = fakeLook({
  conditions: [{ level: "bad", subject: "Exit events", text: "do not arrive", remedy: "because <of> this" }],
  groups: [groupViewOf("web", { run: 1 }), groupViewOf("db", { labels: { groupname: "db", pod: "db-0" } })],
});

let server: Server | undefined;
afterEach(() => void server?.close());

interface AppSituation {
  readonly ready?: boolean;
  readonly reload?: () => Promise<string>;
  readonly look?: () => Look | undefined;
}

async function startApp(collect: () => Promise<Page>, situation: AppSituation = {}) {
  const { ready = true, reload, look = () => (ready ? shown : undefined) } = situation;
  const errors: ErrorCode[] = [];
  const app = createApp({
    telemetryPath: "/metrics",
    exposition: createExposition({ runtimeMetrics: false }),
    collect,
    isReady: () => ready,
    look,
    countSeries: () => 4512,
    assets: readAssets(),
    reload,
    maxRequests: 40,
    zeroFirst: true,
    onScrapeError: (code) => errors.push(code),
    onRejected: () => undefined,
  });
  const started = createServer((request, response) => void app(request, response));
  server = started;
  await new Promise<void>((resolve) => started.listen(0, "127.0.0.1", resolve));
  const { port } = started.address() as AddressInfo;
  const get = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}${path}`, init);
  return { get, errors };
}

describe("the page of metrics", () => {
  test("is text 0.0.4 if the request has no Accept header", async () => {
    const { get } = await startApp(() => Promise.resolve(emptyPage));
    const response = await get("/metrics");
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(await response.text()).toContain("\ntaskstats_exporter_exit_events_total 7\n");
  });

  test("is OpenMetrics if the Accept header asks for it, with the end mark", async () => {
    const { get } = await startApp(() => Promise.resolve(emptyPage));
    const response = await get("/metrics", { headers: { accept: "application/openmetrics-text;version=1.0.0" } });
    expect(response.headers.get("content-type")).toBe("application/openmetrics-text; version=1.0.0; charset=utf-8");
    const text = await response.text();
    expect(text).toContain("# TYPE taskstats_exporter_exit_events counter\ntaskstats_exporter_exit_events_total 7\n");
    expect(text.endsWith("\n# EOF\n")).toBe(true);
  });

  test("is compressed only for clients that accept gzip", async () => {
    const { get } = await startApp(() => Promise.resolve(emptyPage));
    const packed = await get("/metrics", { headers: { "accept-encoding": "gzip" } });
    expect(packed.headers.get("content-encoding")).toBe("gzip");
    expect(await packed.text()).toContain("exit_events_total 7");
    const plain = await get("/metrics", { headers: { "accept-encoding": "identity" } });
    expect(plain.headers.get("content-encoding")).toBeNull();
  });

  test("is 503 with the error's text if the collection fails, and the failure is reported by its code", async () => {
    const failure = new ExporterError("SOCKET_FAILED", { where: "recvmmsg", want: "datagrams", got: "EBADF" });
    const { get, errors } = await startApp(() => Promise.reject(failure));
    const response = await get("/metrics");
    expect(response.status).toBe(503);
    expect(await response.text()).toContain("SOCKET_FAILED at recvmmsg: want datagrams, got EBADF");
    expect(errors).toEqual(["SOCKET_FAILED"]);
  });

  test("is 503 if the collection fails with another error, and reported as COLLECTION_FAILED", async () => {
    const { get, errors } = await startApp(() => Promise.reject(new TypeError("boom")));
    expect((await get("/metrics")).status).toBe(503);
    expect(errors).toEqual(["COLLECTION_FAILED"]);
  });

  test("is 503 within the scraper's own limit if the collection takes longer", async () => {
    const { get, errors } = await startApp(() => new Promise(() => undefined));
    const response = await get("/metrics", { headers: { "x-prometheus-scrape-timeout-seconds": "0.02" } });
    expect(response.status).toBe(503);
    expect(await response.text()).toContain("SCRAPE_TIMEOUT");
    expect(errors).toEqual(["SCRAPE_TIMEOUT"]);
  });
});

describe("the other pages", () => {
  const collect = (): Promise<Page> => Promise.resolve(emptyPage);

  test("show the exporter's state with all text escaped, and how many series the page has", async () => {
    const { get } = await startApp(collect);
    const text = await (await get("/")).text();
    expect(text).toContain("because &lt;of&gt; this");
    expect(text).toContain("4512 series on the last page");
  });

  test("have relative links, which work behind a proxy with a prefix", async () => {
    const { get } = await startApp(collect);
    for (const page of ["/", "/group?groupname=web", "/group?groupname=none"]) {
      const text = await (await get(page)).text();
      const links = [...text.matchAll(/(?:href|src|action)="([^"]*)"/g)].map(([, link = ""]) => link);
      expect(links.length).toBeGreaterThan(3);
      for (const link of links) expect(new URL(link, "http://proxy/prefix/").pathname).toMatch(/^\/prefix\//);
    }
  });

  test("run and load nothing but what this program serves", async () => {
    const { get } = await startApp(collect);
    const { headers } = await get("/");
    expect(headers.get("content-security-policy")).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/);
    expect([headers.get("x-content-type-options"), headers.get("cache-control")]).toEqual(["nosniff", "no-store"]);
  });

  test("serve their assets, and no other file", async () => {
    const { get } = await startApp(collect);
    const script = await get("/assets/page.js?v=1");
    expect([script.status, script.headers.get("content-type")]).toEqual([200, "text/javascript; charset=utf-8"]);
    expect((await script.text()).length).toBeGreaterThan(100);
    for (const path of ["/assets/none.js", "/assets/..%2f..%2fmain.ts", "/assets/"])
      expect((await get(path)).status).toBe(404);
  });

  test("show a group by all of its labels, and say where there is none", async () => {
    const { get } = await startApp(collect);
    const found = await get("/group?groupname=db&pod=db-0");
    expect([found.status, await found.text()]).toEqual([200, expect.stringContaining("db pod=db-0 on web-1")]);
    for (const query of ["groupname=db", "groupname=db&pod=db-0&more=1", "", "groupname=%00"])
      expect((await get(`/group?${query}`)).status).toBe(404);
  });

  test("are the same as JSON for programs", async () => {
    const { get } = await startApp(collect);
    const response = await get("/live.json");
    expect(response.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(await response.json()).toEqual(JSON.parse(JSON.stringify(shown.view)));
  });

  test("are made once for a sample, and anew after the next one", async () => {
    let renders = 0;
    let sampledAt = 1;
    const look = (): Look => {
      const { view, ...rest } = fakeLook({ groups: [groupViewOf("web")] });
      return { ...rest, view: { ...view, sampledAt }, plotOf: () => (renders++, new Map()) };
    };
    const { get } = await startApp(collect, { look });
    const read = async (): Promise<string> => (await get("/")).text();
    expect(await read()).toBe(await read());
    expect(renders).toBe(1);
    sampledAt = 2;
    await read();
    await get("/", { headers: { "accept-encoding": "identity" } });
    expect(renders).toBe(2);
  });

  test("are compressed for browsers, which accept gzip", async () => {
    const { get } = await startApp(collect);
    const [packed, plain] = [await get("/"), await get("/", { headers: { "accept-encoding": "identity" } })];
    expect([packed.headers.get("content-encoding"), plain.headers.get("content-encoding")]).toEqual(["gzip", null]);
    expect(await packed.text()).toBe(await plain.text());
  });

  test("say at an unknown path whether reloading by HTTP is on", async () => {
    const collect = (): Promise<Page> => Promise.resolve(emptyPage);
    const off = await (await startApp(collect)).get("/nowhere");
    expect([off.status, await off.text()]).toEqual([
      404,
      "no page at /nowhere: there are /metrics, /, /live.json, /-/healthy, /-/ready (/-/reload is off: --web.enable-lifecycle)\n",
    ]);
    server?.close();
    const on = await (await startApp(collect, { reload: () => Promise.resolve("loaded") })).get("/nowhere");
    expect(await on.text()).toContain("/-/ready and /-/reload (POST)\n");
  });

  test("are healthy at once, and ready when there is a baseline", async () => {
    const early = await startApp(() => Promise.resolve(emptyPage), { ready: false });
    expect((await early.get("/-/healthy")).status).toBe(200);
    expect((await early.get("/-/ready")).status).toBe(503);
    for (const path of ["/", "/group?groupname=web", "/live.json"]) {
      const answer = await early.get(path);
      expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining("not ready")]);
    }
    server?.close();
    const later = await startApp(() => Promise.resolve(emptyPage));
    expect((await later.get("/-/ready")).status).toBe(200);
  });

  test("list all paths at an unknown path, and refuse methods that write", async () => {
    const { get } = await startApp(() => Promise.resolve(emptyPage));
    const missing = await get("/metric");
    expect([missing.status, await missing.text()]).toEqual([404, expect.stringContaining("/metrics")]);
    const posted = await get("/metrics", { method: "POST" });
    expect([posted.status, posted.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
    const malformed = await get("/%");
    expect([400, 404]).toContain(malformed.status);
  });

  test("reload if that is allowed, and answer a bad configuration with its error", async () => {
    const post = { method: "POST" };
    const collect = (): Promise<Page> => Promise.resolve(emptyPage);
    const refused = await (await startApp(collect)).get("/-/reload", post);
    expect([refused.status, await refused.text()]).toEqual([403, expect.stringContaining("--web.enable-lifecycle")]);
    let loads = 0;
    const reload = (): Promise<string> =>
      ++loads > 1 ? Promise.reject(new Error("rules.yaml:3:1")) : Promise.resolve("loaded");
    server?.close();
    const { get } = await startApp(collect, { reload });
    expect((await get("/-/reload")).status).toBe(405);
    expect((await get("/-/reload", post)).status).toBe(200);
    const bad = await get("/-/reload", post);
    expect([bad.status, await bad.text()]).toEqual([500, "rules.yaml:3:1\n"]);
  });
});
