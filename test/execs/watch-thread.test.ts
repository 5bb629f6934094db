/** How a thread of the exec watcher is started, with made-up programs in place of its own. */

import { afterEach, expect, test } from "@jest/globals";
import { once } from "node:events";
import { ExporterError } from "../../src/base/errors.ts";
import { startWatchThread, type WatchThread } from "../../src/execs/watch-thread.ts";

let thread: WatchThread | undefined;
afterEach(async () => {
  await thread?.worker.terminate();
  thread = undefined;
});

/** Starts a thread that runs this code, in which `data` is what the thread was given. */
async function start(code: string, onBroken: (error: unknown) => void = () => undefined): Promise<WatchThread> {
  const text = `import { workerData as data } from "node:worker_threads"; ${code}`;
  const handover = { descriptor: 33, tgids: [5], blocked: new Set([6]) };
  thread = await startWatchThread({
    ...{ procRoot: "/proc", originUs: 12, facts: new Set(["argv"] as const), handover, onBroken },
    program: new URL(`data:text/javascript,${encodeURIComponent(text)}`),
  });
  return thread;
}

const failureOf = (code: string): Promise<unknown> =>
  start(code).then(
    () => "it started",
    (error: unknown) => (error instanceof ExporterError ? [error.code, error.details.got] : error),
  );

const watching = `data.port.postMessage({ kind: "watching", prompt: true, descriptor: 21 });`;

test("a thread that says that it watches is started, with its descriptor and its priority", async () => {
  expect(await start(watching)).toMatchObject({ descriptor: 21, prompt: true });
});

test("the thread gets its task, handover included", async () => {
  const { port } = await start(`
    ${watching}
    const { procRoot, originUs, facts, handover } = data;
    data.port.on("message", () => data.port.postMessage({ procRoot, originUs, facts, handover }));`);
  port.postMessage("tell");
  const [task] = (await once(port, "message")) as unknown[];
  expect(task).toEqual({
    ...{ procRoot: "/proc", originUs: 12, facts: new Set(["argv"]) },
    handover: { descriptor: 33, tgids: [5], blocked: new Set([6]) },
  });
});

test("the thread shares the memory of its backlog and its pulse", async () => {
  const { port, backlog } = await start(`
    ${watching}
    data.port.on("message", () => data.port.postMessage([...new Int32Array(data.memory)]));`);
  backlog.note([4321]);
  port.postMessage("read");
  const [words] = (await once(port, "message")) as [number[]];
  expect(words).toContain(4321);
});

test("the error of a thread that could not open its socket is thrown", async () => {
  const details = `{ where: "here", want: "to listen", got: "EPERM" }`;
  const code = `data.port.postMessage({ kind: "failed", code: "CONNECTOR_REFUSED", details: ${details} });`;
  expect(await failureOf(code)).toEqual(["CONNECTOR_REFUSED", "EPERM"]);
});

test("a thread that ends without a message, or begins with another one, is an error", async () => {
  expect(await failureOf("")).toEqual(["EXEC_WATCHER", "its end"]);
  expect(await failureOf(`data.port.postMessage({ kind: "caught-up", turn: 1 });`)).toEqual([
    "EXEC_WATCHER",
    "caught-up",
  ]);
});

test("an exception in the thread is handed to onBroken", async () => {
  const broken = new Promise((resolve) => {
    void start(`${watching} data.port.once("message", () => { throw new Error("boom"); });`, resolve).then(({ port }) =>
      port.postMessage("go"),
    );
  });
  expect(await broken).toMatchObject({ message: "boom" });
});
