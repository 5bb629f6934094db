import { afterEach, describe, expect, test } from "@jest/globals";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { ExporterError, type ErrorCode } from "../../src/base/errors.ts";
import { createExposition } from "../../src/exposition/exposition.ts";
import type { Page } from "../../src/exposition/page.ts";
import { createApp } from "../../src/http/app.ts";
import type { LandingState } from "../../src/http/landing.ts";

const emptyPage: Page = {
  groups: [],
  histograms: [],
  has: () => true,
  exitsUp: true,
  exporter: { exitEvents: [{ value: 7 }] },
};

const state: LandingState = {
  version: "1.2.3",
  exitsUp: false,
  exitsDownReason: "because <of> this",
  delayacctEnabled: false,
  execsMissed: undefined,
  falseWaits: undefined,
  privileges: undefined,
  hiddenReason: undefined,
  pods: undefined,
  processes: 12,
  groups: 3,
  series: 99,
  seconds: 5,
  activities: [],
};

let server: Server | undefined;
afterEach(() => void server?.close());

interface AppSituation {
  readonly ready?: boolean;
  readonly reload?: () => Promise<string>;
}

async function startApp(collect: () => Promise<Page>, { ready = true, reload }: AppSituation = {}) {
  const errors: ErrorCode[] = [];
  const app = createApp({
    telemetryPath: "/metrics",
    exposition: createExposition({ runtimeMetrics: false }),
    collect,
    isReady: () => ready,
    look: () => Promise.resolve(ready ? state : undefined),
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
  test("show the exporter's state with all text escaped", async () => {
    const { get } = await startApp(() => Promise.resolve(emptyPage));
    const text = await (await get("/")).text();
    expect(text).toContain("because &lt;of&gt; this");
    expect(text).toContain("sysctl -w kernel.task_delayacct=1");
  });

  test("have relative links, which work behind a proxy with a prefix", async () => {
    const { get } = await startApp(() => Promise.resolve(emptyPage));
    const text = await (await get("/")).text();
    const links = [...text.matchAll(/href="([^"]*)"/g)].map(
      ([, link = ""]) => new URL(link, "http://proxy/prefix/").pathname,
    );
    expect(links).toEqual(["/prefix/metrics", "/prefix/-/healthy", "/prefix/-/ready"]);
  });

  test("say at an unknown path whether reloading by HTTP is on", async () => {
    const collect = (): Promise<Page> => Promise.resolve(emptyPage);
    const off = await (await startApp(collect)).get("/nowhere");
    expect([off.status, await off.text()]).toEqual([
      404,
      "no page at /nowhere: there are /metrics, /, /-/healthy, /-/ready (/-/reload is off: --web.enable-lifecycle)\n",
    ]);
    server?.close();
    const on = await (await startApp(collect, { reload: () => Promise.resolve("loaded") })).get("/nowhere");
    expect(await on.text()).toContain("/-/ready and /-/reload (POST)\n");
  });

  test("are healthy at once, and ready when there is a baseline", async () => {
    const early = await startApp(() => Promise.resolve(emptyPage), { ready: false });
    expect((await early.get("/-/healthy")).status).toBe(200);
    expect((await early.get("/-/ready")).status).toBe(503);
    expect(await (await early.get("/")).text()).toContain("not ready");
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
