/** What each overlay of deploy/kubernetes adds to the base, and that it leaves the rest as it is. */

import { describe, expect, test } from "@jest/globals";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { buildFolder, buildManifests, exporterOf, kubectlObstacle, podOf, theOne } from "../support/manifests.ts";
import { execFileSync } from "../support/processes.ts";
import { describeUnless } from "../support/real-kernel.ts";
import { readRules, repository } from "../support/shipped-queries.ts";

describeUnless(kubectlObstacle, "the manifests", () => {
  const pod = podOf(buildManifests("base"));

  describe("the overlay for prometheus-operator", () => {
    const manifests = buildManifests("overlays/prometheus-operator");
    const { spec } = theOne(manifests, "PodMonitor");
    const [endpoint] = spec.podMetricsEndpoints;

    test("scrapes the port of the pods that the DaemonSet makes", () => {
      const { template } = theOne(manifests, "DaemonSet").spec ?? {};
      expect(spec.podMetricsEndpoints).toHaveLength(1);
      expect(exporterOf(manifests).ports?.map(({ name }) => name)).toContain(endpoint?.port);
      expect(Object.keys(spec.selector.matchLabels ?? {})).not.toEqual([]);
      expect(template?.metadata?.labels).toMatchObject(spec.selector.matchLabels ?? {});
    });

    test("keeps the labels of what is counted", () => expect(endpoint?.honorLabels).toBe(true));

    test("keeps the exporter's own namespace, pod and container off the host's processes", () => {
      const dropped = endpoint?.relabelings?.filter(({ action }) => action === "labeldrop").map(({ regex }) => regex);
      expect(dropped).toEqual(["namespace|pod|container"]);
    });

    test("names instances after their nodes", () => {
      expect(endpoint?.relabelings).toContainEqual({
        sourceLabels: ["__meta_kubernetes_pod_node_name"],
        targetLabel: "instance",
      });
    });

    test("names the job so that the alert for an exporter that is down finds it", () => {
      const { expr = "" } = readRules("alerts.yml").find(({ alert }) => alert === "TaskstatsExporterDown") ?? {};
      const { template } = theOne(manifests, "DaemonSet").spec ?? {};
      const job = template?.metadata?.labels?.[spec.jobLabel ?? ""];
      expect(job).toMatch(new RegExp(`^(?:${/job=~"(.*?)"/.exec(expr)?.[1] ?? "no job"})$`));
    });

    test("has all shipped rules", () => {
      const rules = theOne(manifests, "PrometheusRule").spec.groups?.flatMap((group) => group.rules ?? []);
      expect(rules).toEqual([...readRules("recording.yml"), ...readRules("alerts.yml")]);
    });
  });

  describe("the overlay for delay accounting", () => {
    const { initContainers = [], containers, volumes = [], ...rest } = podOf(buildManifests("overlays/delayacct"));
    const [init] = initContainers;

    test("adds one container, which ends before the exporter starts, and changes nothing else", () => {
      const { containers: baseContainers, volumes: baseVolumes = [], ...baseRest } = pod;
      expect(initContainers).toHaveLength(1);
      expect({ ...rest, containers }).toEqual({ ...baseRest, containers: baseContainers });
      expect(volumes.filter(({ name }) => name !== "sysctl")).toEqual(baseVolumes);
    });

    test("gives that container what writing the switch takes", () => {
      expect(init?.securityContext).toMatchObject({
        runAsUser: 0,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"], add: ["SYS_ADMIN", "NET_ADMIN"] },
      });
      expect(volumes).toContainEqual({ name: "sysctl", hostPath: { path: "/proc/sys/kernel", type: "Directory" } });
    });

    test.each([
      ["turns the switch on where there is one", "0", "1"],
      ["is content without one", undefined, undefined],
    ])("%s", (_title, before, after) => {
      const directory = mkdtempSync(join(tmpdir(), "delayacct-"));
      const file = join(directory, "task_delayacct");
      const [mount] = init?.volumeMounts ?? [];
      const [, ...args] = (init?.command ?? []).map((text) => text.replace(mount?.mountPath ?? "no mount", directory));
      try {
        if (before !== undefined) writeFileSync(file, before);
        execFileSync(process.execPath, args);
        expect(existsSync(file) ? readFileSync(file, "utf8") : undefined).toBe(after);
      } finally {
        rmSync(directory, { recursive: true });
      }
    });
  });

  describe("the overlay for user 0", () => {
    test("changes the user and nothing else", () => {
      const { securityContext, ...rest } = podOf(buildManifests("overlays/root"));
      const { securityContext: baseContext, ...baseRest } = pod;
      expect(rest).toEqual(baseRest);
      expect(securityContext).toEqual({ ...baseContext, runAsNonRoot: false, runAsUser: 0, runAsGroup: 0 });
    });
  });

  describe("the overlay for a filter of system calls of its own", () => {
    test("names the profile that is shipped, and changes nothing else", () => {
      const { securityContext, ...rest } = podOf(buildManifests("overlays/seccomp"));
      const { securityContext: baseContext, ...baseRest } = pod;
      expect(rest).toEqual(baseRest);
      const seccompProfile = { type: "Localhost", localhostProfile: "taskstats-exporter.json" };
      expect(securityContext).toEqual({ ...baseContext, seccompProfile });
      expect(existsSync(`deploy/seccomp/${seccompProfile.localhostProfile}`)).toBe(true);
    });
  });

  describe("the overlay for TLS and passwords", () => {
    const manifests = buildManifests("overlays/web-config");

    test("asks for health without either", () => {
      const { startupProbe, livenessProbe, readinessProbe } = exporterOf(manifests);
      for (const probe of [startupProbe, livenessProbe, readinessProbe]) {
        expect(probe?.httpGet).toBeUndefined();
        expect(probe?.tcpSocket).toEqual({ port: "metrics" });
      }
    });

    test("takes them from a secret", () => {
      const volume = podOf(manifests).volumes?.find(({ name }) => name === "web");
      expect(volume?.secret?.secretName).toBe("taskstats-exporter-web");
    });
  });

  describe("the folder of one's own that docs/kubernetes.md shows", () => {
    const text = readFileSync(join(repository, "docs/kubernetes.md"), "utf8");
    const blocks = [...text.matchAll(/^```yaml\n([^]*?)^```$/gm)].map(([, block = ""]) => block);
    const blockWith = (words: string): string => blocks.find((block) => block.includes(words)) ?? "";

    test("has the image from a registry and the port that was chosen", () => {
      const directory = mkdtempSync(join(tmpdir(), "mine-"));
      const [kustomization, patches] = [blockWith("# mine/kustomization.yaml"), blockWith("patchesJson6902")];
      try {
        const deploy = relative(directory, join(repository, "deploy"));
        writeFileSync(join(directory, "kustomization.yaml"), kustomization.replace("../deploy", deploy) + patches);
        writeFileSync(join(directory, "port.yaml"), blockWith("# mine/port.yaml"));
        const { image, args, ports } = exporterOf(buildFolder(directory));
        expect(image).toBe("registry.example.com/taskstats-exporter:0.1.0");
        expect(args).toContain("--web.listen-address=[$(HOST_IP)]:9275");
        expect(ports).toEqual([{ name: "metrics", containerPort: 9275, hostPort: 9275 }]);
      } finally {
        rmSync(directory, { recursive: true });
      }
    });
  });
});
