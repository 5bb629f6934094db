import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { ExporterError } from "../../src/base/errors.ts";
import { createPodWatch, type PodWatch, type PodWatchOptions } from "../../src/kubernetes/watch.ts";
import {
  createServerCredentials,
  refusal,
  startFakeApiServer,
  text,
  type Answer,
  type FakeApiServer,
  type ServerCredentials,
} from "../support/fake-api-server.ts";
import { createFakeTime, type FakeTime } from "../support/fake-time.ts";
import { podOf } from "../support/pods.ts";
import { until } from "../support/until.ts";

const web = podOf({ uid: "u-web", name: "web-1", containers: { c1: "app" }, labels: { app: "web", tier: "front" } });
const job = podOf({ uid: "u-job", name: "job-1", namespace: "batch", containers: { c2: "main" } });

let credentials: ServerCredentials;
let server: FakeApiServer;
let time: FakeTime;
let watch: PodWatch;
/** The calls of onTrouble, as codes of errors, and of onMended. */
let told: string[];
let troubles: ExporterError[];

beforeAll(() => {
  credentials = createServerCredentials();
});

beforeEach(async () => {
  server = await startFakeApiServer(credentials);
  time = createFakeTime();
  told = [];
  troubles = [];
  watch = watchOf();
});

afterEach(async () => {
  watch.stop();
  await server.close();
});

afterAll(() => credentials.directory.remove());

function watchOf(options: Partial<PodWatchOptions> = {}): PodWatch {
  return createPodWatch({
    api: server.api,
    nodeName: "node-1",
    podLabels: { labels: new Map([["app", "app"]]), workload: false },
    onTrouble(error) {
      told.push(error.code);
      troubles.push(error);
    },
    onRecovered: () => void told.push("mended"),
    clock: time.clock,
    timer: time.timer,
    random: () => 0.5,
    ...options,
  });
}

const failures = (code: string): number => watch.errors.get(code) ?? 0;
const kinds = (): string[] => server.requests.map(({ kind }) => kind);

async function startUp(): Promise<void> {
  await watch.start();
  await until(() => watch.up && server.watches === 1);
}

/** Ends the pause after a failure. The pause is the only timer then. */
function endPause(): void {
  time.advance(time.pending[0] ?? 0);
}

/** Waits for the next failure with this code, and ends the pause after it. */
async function outlive(code: string, count = failures(code) + 1): Promise<void> {
  await until(() => failures(code) === count);
  endPause();
}

describe("a pod watch", () => {
  test("knows the pods of its node once it has started", async () => {
    server.put(web);
    server.put(job);
    await watch.start();
    expect(watch.names.ofContainer("c1")).toEqual({ namespace: "shop", pod: "web-1", container: "app", app: "web" });
    expect(watch.names.ofContainer("c2")).toEqual({ namespace: "batch", pod: "job-1", container: "main" });
    expect(watch.names.ofPod("u-web")).toEqual({ namespace: "shop", pod: "web-1", app: "web" });
    expect(watch.names.pods).toBe(2);
    expect(server.requests[0]).toMatchObject({ kind: "list", node: "spec.nodeName=node-1", version: "0" });
  });

  test("asks a server at an IPv6 address", async () => {
    const server6 = await startFakeApiServer(credentials, "::1");
    server6.put(web);
    const watch6 = watchOf({ api: server6.api });
    await watch6.start();
    expect(watch6.names.pods).toBe(1);
    watch6.stop();
    await server6.close();
  });

  test("follows pods as they come, change and go", async () => {
    await startUp();
    server.put(web);
    await until(() => watch.names.ofContainer("c1") !== undefined);
    server.put(podOf({ uid: "u-web", name: "web-1", containers: { c1: "app", c3: "sidecar" } }));
    await until(() => watch.names.ofContainer("c3") !== undefined);
    expect(watch.names.isGone("shop", "web-1")).toBe(false);
    server.remove("u-web");
    await until(() => watch.names.isGone("shop", "web-1"));
    expect(watch.names.pods).toBe(0);
    expect([...watch.errors]).toEqual([]);
  });

  test("asks for bookmarks, and for an end of the watch after five to seven minutes and a half", async () => {
    await startUp();
    const { query } = server.requests[1] ?? {};
    expect(query?.get("allowWatchBookmarks")).toBe("true");
    expect(query?.get("timeoutSeconds")).toBe("375");
  });

  test("opens the next watch at once after one that ended in order, from the version of the bookmark", async () => {
    server.put(web);
    await startUp();
    server.bookmark();
    time.advance(1000);
    server.endWatches();
    await until(() => server.requests.length === 3);
    expect(kinds()).toEqual(["list", "watch", "watch"]);
    expect(server.requests[2]?.version).toBe("102");
    expect(watch.up).toBe(true);
    expect(told).toEqual([]);
  });

  test("has the labels of pods that the last call of configure chose", async () => {
    server.put(web);
    await startUp();
    watch.configure({ labels: new Map([["layer", "tier"]]), workload: false });
    expect(watch.names.ofPod("u-web")).toEqual({ namespace: "shop", pod: "web-1", layer: "front" });
    watch.configure({ labels: new Map(), workload: true });
    const workload = { workload: "web-1", workload_type: "barepod" };
    expect(watch.names.ofPod("u-web")).toEqual({ namespace: "shop", pod: "web-1", ...workload });
  });

  test("waits no longer than two seconds for the first list", async () => {
    server.answerNext(() => undefined);
    const started = watch.start();
    time.advance(2000);
    await started;
    expect(watch.up).toBe(false);
    expect(watch.names.pods).toBe(0);
  });

  test("leaves no request and no timer behind when it is stopped", async () => {
    await startUp();
    watch.stop();
    await until(() => server.watches === 0 && time.pending.length === 0);
    expect(kinds()).toEqual(["list", "watch"]);
    expect(told).toEqual([]);
  });

  test("ends a pause when it is stopped", async () => {
    server.answerNext(refusal(500));
    await watch.start();
    await until(() => failures("server_error") === 1);
    watch.stop();
    expect(time.pending).toEqual([]);
    expect(kinds()).toEqual(["list"]);
  });
});

describe("a pod watch whose connection fails", () => {
  test("keeps the names, is not up, and continues from the last version", async () => {
    server.put(web);
    await startUp();
    server.breakWatches();
    await until(() => failures("unreachable") === 1);
    expect(watch.up).toBe(false);
    expect(watch.names.ofContainer("c1")).toBeDefined();
    expect(watch.names.isGone("shop", "nobody")).toBe(false);
    server.put(job);
    endPause();
    await until(() => watch.names.ofContainer("c2") !== undefined);
    expect(kinds()).toEqual(["list", "watch", "watch"]);
    expect(watch.names.isGone("shop", "nobody")).toBe(true);
    expect(told).toEqual(["KUBERNETES_UNREACHABLE", "mended"]);
  });

  test("gets an event again that was cut in the middle of its line", async () => {
    await startUp();
    server.breakWatches('{"type":"ADDED","object":{"metadata":{"uid"');
    await until(() => !watch.up);
    server.put(web);
    endPause();
    await until(() => watch.names.ofContainer("c1") !== undefined);
    expect(failures("unreachable")).toBe(1);
  });

  test("reports its trouble once, however often it tries", async () => {
    server.answerNext(...Array.from({ length: 5 }, () => refusal(500)));
    const started = watch.start();
    for (let count = 1; count <= 5; count++) await outlive("server_error", count);
    await until(() => watch.up);
    await started;
    expect(told).toEqual(["KUBERNETES_ANSWER", "mended"]);
  });

  test("waits twice as long after each failure, up to a minute, and briefly again after a watch that worked", async () => {
    server.answerNext(...Array.from({ length: 9 }, () => refusal(503)));
    const started = watch.start();
    const pauses: (number | undefined)[] = [];
    for (let count = 1; count <= 9; count++) {
      await until(() => failures("server_error") === count);
      pauses.push(time.pending[0]);
      endPause();
    }
    await started;
    expect(pauses).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
    await until(() => server.watches === 1);
    server.put(web);
    await until(() => watch.names.pods === 1);
    server.breakWatches();
    await until(() => failures("unreachable") === 1);
    expect(time.pending).toEqual([500]);
  });

  test("waits as long as the server asks, and no longer than five minutes", async () => {
    server.answerNext(refusal(429, { "retry-after": "7" }), refusal(503, { "retry-after": "86400" }));
    await watch.start();
    await until(() => failures("server_error") === 1);
    expect(time.pending).toEqual([7500]);
    endPause();
    await until(() => failures("server_error") === 2);
    expect(time.pending).toEqual([301_000]);
  });

  test("does not ask again and again for a watch that ends at once", async () => {
    await startUp();
    server.endWatches();
    await until(() => failures("server_error") === 1);
    expect(watch.up).toBe(false);
    expect(time.pending).toEqual([500]);
  });

  test("ends a request that the server does not answer, and tries again", async () => {
    server.answerNext(() => undefined);
    const started = watch.start();
    await until(() => server.requests.length === 1);
    time.advance(30_000);
    await started;
    await outlive("timeout", 1);
    await until(() => watch.up);
    expect(told).toEqual(["KUBERNETES_UNREACHABLE", "mended"]);
  });

  test("gives up a watch that has been silent for longer than bookmarks take, whose server hangs without closing it", async () => {
    server.put(web);
    await startUp();
    time.advance(60_000);
    server.bookmark();
    await until(() => time.pending[0] === 70_000);
    time.advance(69_999);
    expect(watch.up).toBe(true);
    time.advance(1);
    await until(() => failures("timeout") === 1);
    expect([watch.up, told]).toEqual([false, ["KUBERNETES_UNREACHABLE"]]);
    expect(watch.names.ofContainer("c1")).toMatchObject({ pod: "web-1" });
    endPause();
    await until(() => watch.up);
    expect(server.requests.at(-1)).toMatchObject({ kind: "watch", version: "102" });
  });

  test("finds out by its next request that a server hangs which has never sent a bookmark", async () => {
    await startUp();
    server.answerNext(() => undefined);
    time.advance(70_000);
    await until(() => server.requests.length === 3);
    expect(failures("timeout")).toBe(0);
    time.advance(30_000);
    await until(() => failures("timeout") === 1);
    expect(watch.up).toBe(false);
  });

  test("ends a watch of a server without bookmarks if it lasts longer than asked", async () => {
    await startUp();
    time.advance(70_000);
    await until(() => server.requests.length === 3 && time.pending[0] === 405_000);
    time.advance(404_999);
    expect([watch.up, told]).toEqual([true, []]);
    time.advance(1);
    await until(() => failures("timeout") === 1);
    expect(watch.up).toBe(false);
  });

  test("tries again if no server listens", async () => {
    const { api } = server;
    await server.close();
    watch = watchOf({ api });
    await watch.start();
    await outlive("unreachable", 1);
    await until(() => failures("unreachable") === 2);
    expect(troubles[0]?.message).toContain(
      `KUBERNETES_UNREACHABLE at https://127.0.0.1:${api.port}, pods of node node-1`,
    );
    server = await startFakeApiServer(credentials);
  });

  test("trusts no certificate of another authority, and sends it no token", async () => {
    const strange = createServerCredentials();
    const stranger = await startFakeApiServer(strange);
    watch = watchOf({ api: { ...stranger.api, serviceAccountDir: credentials.directory.path } });
    await watch.start();
    await until(() => watch.errors.size > 0);
    expect([...watch.errors]).toEqual([["tls", 1]]);
    expect(stranger.requests).toEqual([]);
    expect(told).toEqual(["KUBERNETES_UNREACHABLE"]);
    watch.stop();
    await stranger.close();
    strange.directory.remove();
  });
});

describe("a pod watch that is refused", () => {
  test("reads its token again for each request", async () => {
    await startUp();
    server.renewToken("token-2");
    time.advance(1000);
    server.endWatches();
    await until(() => server.requests.length === 3);
    await until(() => server.watches === 1);
    expect([...watch.errors]).toEqual([]);
  });

  test("tries again until its token has been renewed", async () => {
    server.renewToken("token-2", false);
    const started = watch.start();
    await outlive("unauthorized", 1);
    await until(() => failures("unauthorized") === 2);
    server.renewToken("token-2");
    endPause();
    await until(() => watch.up);
    await started;
    expect(told).toEqual(["KUBERNETES_REFUSED", "mended"]);
  });

  test("reports the message of the server", async () => {
    server.answerNext(refusal(403));
    await watch.start();
    await until(() => failures("forbidden") === 1);
    expect(troubles[0]?.message).toMatch(
      /^KUBERNETES_REFUSED at https:.* want leave to list and watch pods, got forbidden \(status 403: refused with 403\); grant/,
    );
  });

  test.each(["status", "event"] as const)("lists again at once if its version is gone, as a %s says", async (form) => {
    server.put(web);
    await startUp();
    server.breakWatches();
    await until(() => failures("unreachable") === 1);
    server.remove("u-web");
    server.put(job);
    server.forgetEvents(form);
    endPause();
    await until(() => watch.names.ofContainer("c2") !== undefined && watch.up);
    expect(failures("gone")).toBe(1);
    expect(told).toEqual(["KUBERNETES_UNREACHABLE", "mended"]);
    expect(kinds()).toEqual(["list", "watch", "watch", "list", "watch"]);
    expect(watch.names.isGone("shop", "web-1")).toBe(true);
    expect(watch.names.pods).toBe(1);
  });

  const forgotten = '{"type":"ERROR","object":{"kind":"Status","code":410}}\n';

  test.each<[string, Answer]>([
    ["by status", refusal(410)],
    ["by event", text(forgotten)],
    ["after a bookmark", text(`{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"2"}}}\n${forgotten}`)],
  ])("reports trouble and pauses if the version of a new list is gone already, as it learns %s", async (_, gone) => {
    server.answerNext(text('{"metadata":{"resourceVersion":"1"},"items":[]}'), gone);
    await watch.start();
    await until(() => failures("gone") === 1);
    expect(told).toEqual(["KUBERNETES_ANSWER"]);
    expect(time.pending).toEqual([500]);
  });

  test("lists again if the server has never had its version", async () => {
    server.put(web);
    await startUp();
    server.breakWatches();
    await until(() => failures("unreachable") === 1);
    server.answerNext(refusal(504));
    endPause();
    await outlive("server_error");
    await until(() => watch.up);
    expect(kinds()).toEqual(["list", "watch", "watch", "list", "watch"]);
  });
});

describe("a pod watch that is answered with nonsense", () => {
  const pieces = Array.from({ length: 40 }, () => "x".repeat(2 ** 20));
  const endless: Answer = (response) => {
    response.writeHead(200);
    for (const piece of pieces) response.write(piece);
    response.end();
  };

  test.each<[string, string, Answer]>([
    ["HTML", "malformed", text("<html><body>Sign in</body></html>")],
    ["JSON cut short", "malformed", text('{"kind":"PodList","metadata":{"resourceVersion":"1"},"items":[{"metad')],
    ["a list without a version", "malformed", text('{"kind":"PodList","items":[]}')],
    ["items of another type", "malformed", text('{"metadata":{"resourceVersion":"1"},"items":"none"}')],
    ["null", "malformed", text("null")],
    ["nothing", "malformed", text("")],
    ["a redirect", "malformed", (response) => void response.writeHead(302, { location: "https://sso" }).end()],
    ["a page that is not there", "malformed", refusal(404)],
    ["a list without end", "too_large", endless],
    ["a broken connection", "unreachable", (response) => void response.destroy()],
  ])("counts %s for a list as %s, and lists again", async (_, code, answer) => {
    server.put(web);
    server.answerNext(answer);
    const started = watch.start();
    await outlive(code, 1);
    await until(() => watch.up);
    await started;
    expect(watch.names.pods).toBe(1);
    expect([...watch.errors]).toEqual([[code, 1]]);
  });

  test("keeps what it knew when a later list is nonsense", async () => {
    server.put(web);
    await startUp();
    server.answerNext(text("<html>"));
    server.send("<html>\n");
    await outlive("malformed", 1);
    await until(() => failures("malformed") === 2);
    expect(watch.names.ofContainer("c1")).toBeDefined();
    expect(watch.names.pods).toBe(1);
  });

  test("skips and counts items of a list that are not pods", async () => {
    const items = [null, 7, {}, { metadata: { uid: 1, name: [], namespace: {} } }, web, { metadata: "x" }];
    server.answerNext(text(JSON.stringify({ metadata: { resourceVersion: "100" }, items })));
    await watch.start();
    expect(watch.names.pods).toBe(1);
    expect(failures("malformed")).toBe(5);
    await until(() => watch.up);
  });

  test.each([
    ["an unknown type", '{"type":"RENAMED","object":{}}'],
    ["no type", "{}"],
    ["a number", "7"],
    ["an array", "[]"],
    ["a pod without a name", '{"type":"ADDED","object":{"metadata":{"uid":"u"}}}'],
    ["a pod that is none", '{"type":"DELETED","object":"pod"}'],
  ])("skips and counts an event of %s, and continues", async (_, line) => {
    await startUp();
    server.send(`${line}\n`);
    server.put(web);
    await until(() => watch.names.pods === 1);
    expect([...watch.errors]).toEqual([["malformed", 1]]);
    expect(watch.up).toBe(true);
  });

  test("lists again after a line that is no JSON", async () => {
    await startUp();
    server.put(web);
    server.send("{]\n");
    await outlive("malformed", 1);
    await until(() => watch.up);
    expect(kinds()).toEqual(["list", "watch", "list", "watch"]);
  });

  test("lists anew after a line that never ends", async () => {
    await startUp();
    server.send("x".repeat(2 ** 22 + 1));
    await outlive("too_large", 1);
    await until(() => watch.up);
    expect(kinds()).toEqual(["list", "watch", "list", "watch"]);
  });
});
