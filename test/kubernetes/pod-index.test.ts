import { beforeEach, describe, expect, test } from "@jest/globals";
import { createPodIndex, retentionMs, type PodIndex } from "../../src/kubernetes/pod-index.ts";
import type { PodFacts } from "../../src/kubernetes/pod.ts";

let nowMs: number;
let index: PodIndex;

beforeEach(() => {
  nowMs = 5000;
  index = createPodIndex(() => nowMs);
});

const none = { labels: new Map<string, string>(), workload: false };

/** A pod. The names of its containers are their ids. */
function factsOf(name: string, ids: readonly string[] = [], rest: Partial<PodFacts> = {}): PodFacts {
  return {
    uid: `u-${name}`,
    namespace: "shop",
    name,
    configHash: undefined,
    labels: new Map([["app", "web"]]),
    workload: { workload: "web", workload_type: "deployment" },
    containers: new Map(ids.map((id) => [id, id])),
    ...rest,
  };
}

describe("an index of pods", () => {
  test("has a container with namespace, pod, its own name and those chosen labels that the pod has", () => {
    index.put(factsOf("web", ["c1"]));
    const labels = new Map([
      ["application", "app"],
      ["tier", "tier"],
    ]);
    const chosen = { labels, workload: false };
    expect(index.ofContainer("c1", chosen)).toEqual({
      namespace: "shop",
      pod: "web",
      container: "c1",
      application: "web",
    });
    expect(index.ofPod("u-web", chosen)).toEqual({ namespace: "shop", pod: "web", application: "web" });
  });

  test("has its workload where that is chosen and known", () => {
    index.put(factsOf("web", ["c1"]));
    index.put(factsOf("odd", ["c2"], { workload: undefined }));
    const chosen = { labels: new Map<string, string>(), workload: true };
    const names = { namespace: "shop", pod: "web", workload: "web", workload_type: "deployment" };
    expect(index.ofContainer("c1", chosen)).toEqual({ ...names, container: "c1" });
    expect(index.ofPod("u-web", chosen)).toEqual(names);
    expect(index.ofPod("u-odd", chosen)).toEqual({ namespace: "shop", pod: "odd" });
    expect(index.ofPod("u-web", none)).toEqual({ namespace: "shop", pod: "web" });
  });

  test("finds a static pod by its hash and by its uid", () => {
    index.put(factsOf("proxy", [], { configHash: "hash" }));
    expect(index.ofPod("hash", none)).toEqual(index.ofPod("u-proxy", none));
    expect(index.ofPod("hash", none)).toBeDefined();
  });

  test("keeps the id of a container that was restarted, for ten minutes", () => {
    index.put(factsOf("web", ["c1"]));
    index.put(factsOf("web", ["c2"]));
    nowMs += retentionMs - 1;
    expect(index.ofContainer("c1", none)).toEqual({ namespace: "shop", pod: "web", container: "c1" });
    nowMs++;
    expect(index.ofContainer("c1", none)).toBeUndefined();
    expect(index.ofContainer("c2", none)).toBeDefined();
  });

  test("keeps a pod that was deleted, with its containers, for ten minutes", () => {
    index.put(factsOf("web", ["c1"]));
    index.remove("u-web");
    expect(index.has("shop", "web")).toBe(false);
    expect(index.pods).toBe(0);
    nowMs += retentionMs - 1;
    expect(index.ofPod("u-web", none)).toBeDefined();
    expect(index.ofContainer("c1", none)).toBeDefined();
    nowMs++;
    expect(index.ofPod("u-web", none)).toBeUndefined();
    expect(index.ofContainer("c1", none)).toBeUndefined();
  });

  test.each(["before", "after"])(
    "has a pod that was created again under its name %s the old one was removed",
    (order) => {
      index.put(factsOf("web", ["c1"]));
      if (order === "after") index.remove("u-web");
      index.put(factsOf("web", ["c2"], { uid: "u-again" }));
      if (order === "before") index.remove("u-web");
      expect(index.has("shop", "web")).toBe(true);
      expect(index.ofContainer("c1", none)).toBeDefined();
      expect(index.ofContainer("c2", none)).toBeDefined();
      index.remove("u-again");
      expect(index.has("shop", "web")).toBe(false);
    },
  );

  test("keeps the hash of a static pod if another pod has it now", () => {
    index.put(factsOf("proxy", [], { configHash: "hash" }));
    index.put(factsOf("proxy", [], { configHash: "hash", uid: "u-again" }));
    index.remove("u-proxy");
    nowMs += retentionMs;
    expect(index.ofPod("hash", none)).toBeDefined();
    expect(index.ofPod("u-proxy", none)).toBeUndefined();
  });

  test("removes all pods except those to keep", () => {
    for (const name of ["a", "b", "c"]) index.put(factsOf(name));
    index.keepOnly(new Set(["u-b"]));
    expect(["a", "b", "c"].map((name) => index.has("shop", name))).toEqual([false, true, false]);
  });

  test("does not confuse pods of the same name in two namespaces", () => {
    index.put(factsOf("web", ["c1"]));
    expect(index.has("other", "web")).toBe(false);
  });

  test("has 5,000 pods at the most, and still replaces one of those", () => {
    for (let count = 0; count < 5000; count++) expect(index.put(factsOf(`pod-${count}`))).toBe(true);
    expect(index.put(factsOf("another"))).toBe(false);
    expect(index.put(factsOf("pod-7", ["c7"]))).toBe(true);
    expect([index.pods, index.has("shop", "another")]).toEqual([5000, false]);
    expect(index.ofContainer("c7", none)).toBeDefined();
  });

  test("does not grow while pods come and go", () => {
    const sizes = new Set<number>();
    for (let count = 0; count < 100_000; count++) {
      index.put(
        factsOf(`pod-${count % 50}`, [`a${count}`, `b${count}`], { uid: `u-${count}`, configHash: `h-${count}` }),
      );
      index.remove(`u-${count - 50}`);
      if (count >= 20_000) sizes.add(index.size);
    }
    // 50 pods, 50 names, two container ids and two uids for each pod, and 4,096 retired ids and 4,096 retired uids.
    expect([...sizes]).toEqual([50 + 50 + 4 * 50 + 2 * 4096]);
  });

  test("does not grow while a pod gets other names and container ids", () => {
    for (let count = 0; count < 20_000; count++) index.put(factsOf(`n${count}`, [`c${count}`], { uid: "u" }));
    expect(index.size).toBe(1 + 1 + 2 + 4096);
  });
});
