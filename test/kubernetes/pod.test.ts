import { describe, expect, test } from "@jest/globals";
import { fc } from "../support/properties.ts";
import { readPod } from "../../src/kubernetes/pod.ts";
import { podOf } from "../support/pods.ts";

const id = (digit: string): string => digit.repeat(64);

/** The container names by id of a pod with this status. */
function containersOf(status: unknown): Record<string, string> {
  return Object.fromEntries(readPod({ ...podOf({ uid: "u" }), status })?.containers ?? []);
}

describe("a pod", () => {
  test("has uid, namespace, name and all its labels", () => {
    const pod = podOf({ uid: "u", name: "web-1", namespace: "shop", labels: { app: "web", "a/b": "c" } });
    expect(readPod(pod)).toEqual({
      uid: "u",
      namespace: "shop",
      name: "web-1",
      configHash: undefined,
      labels: new Map([
        ["app", "web"],
        ["a/b", "c"],
      ]),
      workload: { workload: "web-1", workload_type: "barepod" },
      containers: new Map(),
    });
  });

  test("has the workload that its controller is of", () => {
    const labels = { "pod-template-hash": "6d4cf56db6" };
    const owner = { kind: "ReplicaSet", name: "web-6d4cf56db6" };
    expect(readPod(podOf({ uid: "u", labels, owner }))?.workload).toEqual({
      workload: "web",
      workload_type: "deployment",
    });
  });

  test("has its containers, init containers and ephemeral containers", () => {
    const status = {
      containerStatuses: [{ name: "app", containerID: `containerd://${id("a")}` }],
      initContainerStatuses: [{ name: "proxy", containerID: `cri-o://${id("b")}` }],
      ephemeralContainerStatuses: [{ name: "debugger-x", containerID: `docker://${id("c")}` }],
    };
    expect(containersOf(status)).toEqual({ [id("a")]: "app", [id("b")]: "proxy", [id("c")]: "debugger-x" });
  });

  test("has terminated containers, and the id that a container had before its restart", () => {
    const status = {
      containerStatuses: [
        {
          name: "app",
          containerID: `containerd://${id("a")}`,
          state: { running: {} },
          lastState: { terminated: { containerID: `containerd://${id("b")}` } },
        },
        { name: "once", state: { terminated: { containerID: `containerd://${id("c")}` } }, lastState: {} },
      ],
    };
    expect(containersOf(status)).toEqual({ [id("a")]: "app", [id("b")]: "app", [id("c")]: "once" });
  });

  test("that is static has the hash that its control groups have in their paths", () => {
    expect(readPod(podOf({ uid: "u", configHash: "0123456789abcdef0123456789abcdef" }))?.configHash).toBe(
      "0123456789abcdef0123456789abcdef",
    );
  });

  test("that has not started has no containers", () => {
    const waiting = { containerStatuses: [{ name: "app", containerID: "", state: { waiting: {} } }] };
    for (const status of [undefined, null, {}, waiting]) expect(containersOf(status)).toEqual({});
  });

  test.each(["uid", "name", "namespace"])("without %s is no pod", (key) => {
    const { metadata } = podOf({ uid: "u" });
    for (const value of [undefined, null, "", 7, {}, ["x"]]) {
      expect(readPod({ metadata: { ...metadata, [key]: value } })).toBeUndefined();
    }
  });

  test("has names that are cut at 253 characters, and have no half surrogates", () => {
    const pod = readPod(podOf({ uid: "u", name: "x".repeat(1e6), labels: { app: `a\ud800${"y".repeat(1e6)}` } }));
    expect(pod?.name).toBe("x".repeat(253));
    expect(pod?.labels.get("app")).toBe(`a\ufffd${"y".repeat(251)}`);
  });

  test.each(["", "abc", "containerd://", `containerd://${"a".repeat(129)}`, "containerd://a/b", 7, null, {}])(
    "has no container whose id is %j",
    (containerID) => {
      expect(containersOf({ containerStatuses: [{ name: "app", containerID }] })).toEqual({});
    },
  );

  test("may have any shape: nothing throws", () => {
    const any = fc.jsonValue();
    const shaped = fc.record(
      {
        metadata: fc.oneof(
          any,
          fc.record({ uid: any, name: any, namespace: any, labels: any, annotations: any, ownerReferences: any }),
        ),
        status: fc.oneof(any, fc.record({ containerStatuses: any, initContainerStatuses: fc.array(any) })),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(any, shaped), (value) => {
        const pod = readPod(value);
        if (pod !== undefined) expect(pod.uid.length * pod.name.length * pod.namespace.length).toBeGreaterThan(0);
      }),
      { numRuns: 2000 },
    );
  });
});
