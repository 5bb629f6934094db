import { describe, expect, test } from "@jest/globals";
import * as v from "valibot";
import { choosePodSettings, kubernetesSchema } from "../../src/config/kubernetes-schema.ts";
import { issuesOf } from "../support/issues.ts";

const settingsOf = (section: unknown) => choosePodSettings(v.parse(kubernetesSchema, section));
const wanted = "a label of a pod, such as app.kubernetes.io/name";

describe("the section kubernetes", () => {
  test("chooses labels of pods and how long series of deleted pods stay", () => {
    const section = { pod_labels: { app: "app.kubernetes.io/name", tier: "tier" }, ended_pod_retention: "1m30s" };
    expect(settingsOf(section)).toEqual({
      labels: new Map([
        ["app", "app.kubernetes.io/name"],
        ["tier", "tier"],
      ]),
      workload: false,
      endedRetentionMs: 90_000,
    });
  });

  test.each([{}, { pod_labels: null, workload: null, ended_pod_retention: null }])(
    "keeps the defaults of keys without a value: %j",
    (section) => {
      expect(settingsOf(section)).toEqual({ labels: new Map(), workload: false, endedRetentionMs: 300_000 });
    },
  );

  test.each(["a", "App_1.x-y", "app.kubernetes.io/name", `${"a".repeat(253)}/${"b".repeat(63)}`, "1/2"])(
    "takes the pod's label %s",
    (label) => {
      expect(issuesOf(kubernetesSchema, { pod_labels: { app: label } })).toEqual([]);
    },
  );

  test.each([
    "",
    "-a",
    "a-",
    "a b",
    "a/",
    "/a",
    "a/b/c",
    "App.io/name",
    "-a.io/name",
    "a.io./name",
    "b".repeat(64),
    `${"a".repeat(254)}/b`,
    "a\n",
    ["a"],
    null,
  ])("refuses the pod's label %j", (label) => {
    expect(issuesOf(kubernetesSchema, { pod_labels: { app: label } })).toEqual([`pod_labels.app: ${wanted}`]);
  });

  test("says whether workloads are shown", () => {
    expect(settingsOf({ workload: "yes" }).workload).toBe(true);
    expect(settingsOf({ workload: "false" }).workload).toBe(false);
    expect(issuesOf(kubernetesSchema, { workload: "workload" })).toEqual(["workload: true or false"]);
  });

  test.each(["instance", "job", "pod", "__a", "a-b"])("refuses %s as the name of a label on the series", (name) => {
    expect(issuesOf(kubernetesSchema, { pod_labels: { [name]: "app" } })).toEqual([
      expect.stringMatching(/^pod_labels\.\S+: a label name/),
    ]);
  });

  test("refuses a time of less than a second", () => {
    expect(issuesOf(kubernetesSchema, { ended_pod_retention: "999ms" })).toEqual([
      "ended_pod_retention: a duration such as 500ms, 5s or 1m30s, 1s at least",
    ]);
    expect(settingsOf({ ended_pod_retention: "1s" }).endedRetentionMs).toBe(1000);
  });
});
