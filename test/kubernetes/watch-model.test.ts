/** After any sequence of changes to pods and of failures, the names are those of the server's pods. */

import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { fc } from "../support/properties.ts";
import { setImmediate as nextTurn } from "node:timers/promises";
import { retentionMs } from "../../src/kubernetes/pod-index.ts";
import { createPodWatch, type PodWatch } from "../../src/kubernetes/watch.ts";
import {
  createServerCredentials,
  refusal,
  startFakeApiServer,
  text,
  type FakeApiServer,
  type ServerCredentials,
} from "../support/fake-api-server.ts";
import { createFakeTime, type FakeTime } from "../support/fake-time.ts";
import { podOf } from "../support/pods.ts";
import { until } from "../support/until.ts";

/** Uids of pods. Two pods each have the same name, as if the one had been created again as the other. */
const uids = [0, 1, 2, 3, 4, 5];
const nameOf = (uid: number): string => `pod-${uid % 3}`;

type Model = Map<number, readonly number[]>;

const idOf = (uid: number, generation: number): string => `c-${uid}-${generation}`;

let credentials: ServerCredentials;

beforeAll(() => {
  credentials = createServerCredentials();
});

afterAll(() => credentials.directory.remove());

/** One change to the server and to the model. */
type Step = (server: FakeApiServer, model: Model) => void | Promise<void>;

function put(uid: number, generations: readonly number[]): Step {
  return (server, model) => {
    for (const other of uids) if (other !== uid && nameOf(other) === nameOf(uid)) void remove(other)(server, model);
    const containers = Object.fromEntries(generations.map((generation) => [idOf(uid, generation), `g${generation}`]));
    server.put(podOf({ uid: String(uid), name: nameOf(uid), containers }));
    model.set(uid, generations);
  };
}

function remove(uid: number): Step {
  return (server, model) => {
    server.remove(String(uid));
    model.delete(uid);
  };
}

const trouble: readonly Step[] = [
  (server) => server.breakWatches(),
  (server) => server.breakWatches('{"type":"DELETED","object":{"meta'),
  (server) => server.endWatches(),
  (server) => server.send("<html>\n"),
  (server) => server.send('{"type":"UNKNOWN"}\n'),
  (server) => server.bookmark(),
  (server) => server.forgetEvents("status"),
  (server) => server.forgetEvents("event"),
  (server) => server.answerNext(refusal(500)),
  (server) => server.answerNext(text("{")),
  (server) => server.answerNext((response) => void response.destroy()),
  (server) => until(() => server.watches > 0),
  () => nextTurn(),
];

const steps = fc.array(
  fc.oneof(
    fc.tuple(fc.constantFrom(...uids), fc.uniqueArray(fc.nat(3), { maxLength: 3 })).map((args) => put(...args)),
    fc.constantFrom(...uids).map(remove),
    fc.constantFrom(...trouble),
  ),
  { maxLength: 40 },
);

function expectNames({ names }: PodWatch, model: Model): void {
  const present = new Set([...model.keys()].map(nameOf));
  for (const name of uids.map(nameOf)) expect([name, names.isGone("shop", name)]).toEqual([name, !present.has(name)]);
  for (const [uid, generations] of model) {
    const pod = { namespace: "shop", pod: nameOf(uid) };
    expect(names.ofPod(String(uid))).toEqual(pod);
    for (const generation of generations)
      expect(names.ofContainer(idOf(uid, generation))).toEqual({ ...pod, container: `g${generation}` });
  }
}

/** Checks that after the retention there are no names that the server does not have. */
function expectNothingElse({ names }: PodWatch, model: Model): void {
  for (const uid of uids) {
    if (!model.has(uid)) expect(names.ofPod(String(uid))).toBeUndefined();
    for (const generation of [0, 1, 2, 3])
      if (model.get(uid)?.includes(generation) !== true)
        expect(names.ofContainer(idOf(uid, generation))).toBeUndefined();
  }
}

/** A watch whose pauses end with the next turn of the event loop, and whose deadlines never pass. */
function watchOf(server: FakeApiServer, { clock }: FakeTime): PodWatch {
  return createPodWatch({
    api: server.api,
    nodeName: "node-1",
    podLabels: { labels: new Map(), workload: false },
    onTrouble: () => undefined,
    onRecovered: () => undefined,
    clock,
    timer(ms, action) {
      const immediate = ms === 0 ? setImmediate(action) : undefined;
      return () => clearImmediate(immediate);
    },
    random: () => 0,
  });
}

test("names are those of the server's pods after any sequence of events, breaks, lies and new lists", async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      const server = await startFakeApiServer(credentials);
      const time = createFakeTime();
      const watch = watchOf(server, time);
      const model: Model = new Map();
      try {
        await watch.start();
        for (const step of sequence) await step(server, model);
        server.put(podOf({ uid: "last" }));
        await until(() => watch.names.ofPod("last") !== undefined && watch.up);
        expect(watch.names.pods).toBe(model.size + 1);
        expectNames(watch, model);
        time.advance(retentionMs);
        expectNames(watch, model);
        expectNothingElse(watch, model);
      } finally {
        watch.stop();
        await server.close();
      }
    }),
    { numRuns: 100 },
  );
});
