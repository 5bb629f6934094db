import { describe, expect, test } from "@jest/globals";
import { readWorkload } from "../../src/kubernetes/workload.ts";
import { fc } from "../support/properties.ts";

const createdAt = "2026-11-28T12:00:30Z";
/** The minute in which the pod was created. */
const minute = Date.parse(createdAt) / 60_000 - 0.5;

interface Options {
  readonly pod?: string;
  readonly hash?: string;
  readonly created?: unknown;
}

/** The workload of a pod with these owners, as `type/name`; undefined where it has none. */
function workloadOf(owners: unknown, { pod = "the-pod", hash, created = createdAt }: Options = {}): string | undefined {
  const labels = new Map(hash === undefined ? [] : [["pod-template-hash", hash]]);
  const found = readWorkload({ ownerReferences: owners, creationTimestamp: created }, { name: pod, labels });
  return found && `${found.workload_type}/${found.workload}`;
}

const controlledBy = (kind: string, name: string, options?: Options): string | undefined =>
  workloadOf([{ apiVersion: "v1", kind, name, uid: "u", controller: true }], options);

describe("the workload of a pod", () => {
  test.each([
    ["StatefulSet", "db", "statefulset/db"],
    ["DaemonSet", "node-exporter", "daemonset/node-exporter"],
    ["ReplicationController", "old", "replicationcontroller/old"],
    ["Job", "migrate", "job/migrate"],
    ["Workflow", "build-x7", "workflow/build-x7"],
  ])("is its controller: a %s", (kind, name, want) => {
    expect(controlledBy(kind, name)).toBe(want);
  });

  test("is the Deployment whose name its ReplicaSet has before the hash of the pod's template", () => {
    const hash = "6d4cf56db6";
    expect(controlledBy("ReplicaSet", `web-${hash}`, { hash })).toBe("deployment/web");
    expect(controlledBy("ReplicaSet", `web-${hash}-${hash}`, { hash })).toBe(`deployment/web-${hash}`);
  });

  test.each<[string, string, string | undefined]>([
    ["without the label", "web-6d4cf56db6", undefined],
    ["with an empty label", "web-", ""],
    ["of another hash", "web-6d4cf56db6", "7bc9f9f8d"],
    ["whose name ends in the hash without a dash", "web6d4cf56db6", "6d4cf56db6"],
    ["whose name is the hash alone", "-6d4cf56db6", "6d4cf56db6"],
  ])("is a ReplicaSet of no Deployment %s", (_title, name, hash) => {
    expect(controlledBy("ReplicaSet", name, hash === undefined ? {} : { hash })).toBe(`replicaset/${name}`);
  });

  test("is its controller whatever hash the pod has, where that is no ReplicaSet", () => {
    expect(controlledBy("StatefulSet", "db-abc", { hash: "abc" })).toBe("statefulset/db-abc");
  });

  test.each([
    ["is due now", 0],
    ["was due a year before its last pod", 365 * 1440],
    ["is due within the hour, by another machine's clock", -59],
  ])("is the CronJob whose job %s", (_title, late) => {
    expect(controlledBy("Job", `backup-${minute - late}`)).toBe("cronjob/backup");
    expect(controlledBy("Job", `a-b-1-${minute - late}`)).toBe("cronjob/a-b-1");
  });

  test.each([
    ["a day in its name", "report-20261128"],
    ["a number of later times", `build-${minute + 120}`],
    ["a number of years ago", `build-${minute - 367 * 1440}`],
    ["seconds in its name", `build-${minute * 60}`],
    ["no dash before its number", `build${minute}`],
    ["nothing before its number", `-${minute}`],
    ["a part after its number", `build-${minute}-x`],
  ])("is a job of no CronJob with %s", (_title, name) => {
    expect(controlledBy("Job", name)).toBe(`job/${name}`);
  });

  test.each([undefined, "", "yesterday", 7, null, {}])("is a job where the pod was created at %j", (created) => {
    expect(
      workloadOf([{ kind: "Job", name: `backup-${minute}`, controller: true }], { created: created ?? null }),
    ).toBe(`job/backup-${minute}`);
  });

  test("is a static pod, named without the node", () => {
    expect(controlledBy("Node", "node-1", { pod: "kube-proxy-node-1" })).toBe("staticpod/kube-proxy");
    expect(controlledBy("Node", "node-2", { pod: "kube-proxy-node-1" })).toBe("staticpod/kube-proxy-node-1");
    expect(controlledBy("Node", "node-1", { pod: "-node-1" })).toBe("staticpod/-node-1");
  });

  test.each([undefined, null, [], {}, "Node", 7, [null], [[]], [7, "x"]])(
    "is the pod itself where its owners are %j",
    (owners) => {
      expect(workloadOf(owners)).toBe("barepod/the-pod");
    },
  );

  test("is the controller of several owners, and the pod itself where none of them is one", () => {
    const owner = (name: string, controller?: unknown) => ({ kind: "StatefulSet", name, controller });
    expect(workloadOf([owner("a"), owner("b", false), owner("c", true), owner("d", true)])).toBe("statefulset/c");
    expect(workloadOf([owner("a"), owner("b", "true"), owner("c", 1)])).toBe("barepod/the-pod");
  });

  test.each([
    {},
    { kind: "Job" },
    { name: "a" },
    { kind: "", name: "a" },
    { kind: ["Job"], name: "a" },
    { kind: "Job", name: 7 },
  ])("is unknown where its controller is %j", (owner) => {
    expect(workloadOf([{ ...owner, controller: true }])).toBeUndefined();
  });

  test("has a name and a kind that are cut, and no half surrogates", () => {
    const [type = "", name = ""] = controlledBy("K".repeat(1e6), `a\ud800${"b".repeat(1e6)}`)?.split("/") ?? [];
    expect([type, name]).toEqual(["k".repeat(63), `a\ufffd${"b".repeat(251)}`]);
  });

  test("may be read of any JSON: nothing throws, and names are not empty", () => {
    const any = fc.jsonValue();
    const text = fc.oneof(any, fc.constantFrom("ReplicaSet", "Job", "Node", `x-${minute}`, "the-pod"));
    const owner = fc.record(
      { kind: text, name: text, controller: fc.oneof(any, fc.constant(true)) },
      { requiredKeys: [] },
    );
    const owners = fc.oneof(any, fc.array(fc.oneof(any, owner)));
    fc.assert(
      fc.property(owners, any, fc.string(), (ownerReferences, creationTimestamp, hash) => {
        const labels = new Map([["pod-template-hash", hash]]);
        const found = readWorkload({ ownerReferences, creationTimestamp }, { name: "the-pod", labels });
        if (found === undefined) return;
        expect(found.workload.length * found.workload_type.length).toBeGreaterThan(0);
        expect(Buffer.from(found.workload, "utf8").toString("utf8")).toBe(found.workload);
      }),
      { numRuns: 2000 },
    );
  });
});
