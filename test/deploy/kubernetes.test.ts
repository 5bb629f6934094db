/** deploy/kubernetes without a cluster: what kubectl makes of it fits the API's schemas, and its parts fit each other. */

import { describe, expect, test } from "@jest/globals";
import { readFileSync, readdirSync } from "node:fs";
import { join, posix } from "node:path";
import type { Container } from "kubernetes-types/core/v1.js";
import { parseCommandLine, type Invocation } from "../../src/cli.ts";
import { parseConfig } from "../../src/config/load.ts";
import { flags } from "../../src/flags.ts";
import { findSchemaFaults } from "../support/manifest-schema.ts";
import {
  buildManifests,
  exporterOf,
  folders,
  kubectlObstacle,
  podOf,
  theOne,
  type Folder,
  type Manifest,
} from "../support/manifests.ts";
import { describeUnless } from "../support/real-kernel.ts";
import { repository } from "../support/shipped-queries.ts";

describeUnless(kubectlObstacle, "the manifests", () => {
  const built = new Map<Folder, readonly Manifest[]>(folders.map((folder) => [folder, buildManifests(folder)]));
  const manifestsOf = (folder: Folder): readonly Manifest[] => built.get(folder) ?? [];
  const base = manifestsOf("base");
  const pod = podOf(base);
  const exporter = exporterOf(base);

  /** What the kubelet starts the exporter with. */
  function commandLineOf({ args = [], env = [] }: Container, hostIp: string): Invocation {
    const values: Readonly<Record<string, string>> = { "status.hostIP": hostIp, "spec.nodeName": "node-1" };
    const valueOf = (name: string): string | undefined =>
      values[env.find((variable) => variable.name === name)?.valueFrom?.fieldRef?.fieldPath ?? ""];
    return parseCommandLine(
      args.map((text) => text.replace(/\$\((\w+)\)/g, (all, name: string) => valueOf(name) ?? all)),
    );
  }

  test("every folder that can be applied is tested", () => {
    const root = join(repository, "deploy/kubernetes");
    const found = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((path) =>
      path.endsWith("kustomization.yaml"),
    );
    expect(found.map((path) => posix.dirname(path)).sort()).toEqual([...folders].sort());
  });

  describe.each(folders)("%s", (folder) => {
    const manifests = manifestsOf(folder);

    test("fits the schemas of the API, without a key that they do not have", () => {
      expect(manifests.length).toBeGreaterThan(5);
      expect(findSchemaFaults(manifests)).toEqual([]);
    });

    test("keeps all that belongs to a namespace in its own", () => {
      const global = ["Namespace", "ClusterRole", "ClusterRoleBinding"];
      const namespace = theOne(manifests, "Namespace").metadata.name;
      for (const { kind, metadata } of manifests) {
        expect({ kind, namespace: metadata.namespace }).toEqual({
          kind,
          namespace: global.includes(kind) ? undefined : namespace,
        });
      }
    });

    test("selects the pods that it makes", () => {
      const { spec } = theOne(manifests, "DaemonSet");
      expect(spec?.selector.matchLabels).toEqual({ "app.kubernetes.io/name": "taskstats-exporter" });
      expect(spec?.template.metadata?.labels).toMatchObject(spec?.selector.matchLabels ?? {});
    });

    test("runs the image of this version in every container", () => {
      const { version } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8")) as {
        readonly version: string;
      };
      const { containers, initContainers = [] } = podOf(manifests);
      expect(new Set([...containers, ...initContainers].map(({ image }) => image))).toEqual(
        new Set([`taskstats-exporter:${version}`]),
      );
    });

    test("starts the exporter with flags that it takes", () => {
      expect(commandLineOf(exporterOf(manifests), "192.0.2.1")).toMatchObject({ command: "serve" });
    });

    test("mounts every file that a flag names", () => {
      const { args = [], volumeMounts = [] } = exporterOf(manifests);
      const paths = args.flatMap((argument) => /^--(?:web\.)?config\.file=(.+)$/.exec(argument)?.[1] ?? []);
      const mounted = paths.map(
        (path) => volumeMounts.find(({ mountPath }) => mountPath === posix.dirname(path))?.name,
      );
      expect(mounted).toEqual(folder === "overlays/web-config" ? ["config", "web"] : ["config"]);
    });

    test("has a volume for every mount, and no other", () => {
      const { containers, initContainers = [], volumes = [] } = podOf(manifests);
      const mounts = [...containers, ...initContainers].flatMap(({ volumeMounts = [] }) => volumeMounts);
      expect(new Set(mounts.map(({ name }) => name))).toEqual(new Set(volumes.map(({ name }) => name)));
    });

    test("is never privileged", () => {
      const { containers, initContainers = [] } = podOf(manifests);
      for (const { securityContext } of [...containers, ...initContainers]) {
        expect(securityContext?.privileged ?? false).toBe(false);
      }
    });

    test("leaves the exporter CAP_NET_ADMIN alone", () => {
      expect(exporterOf(manifests).securityContext?.capabilities).toEqual({ drop: ["ALL"], add: ["NET_ADMIN"] });
    });
  });

  describe("the pod", () => {
    test("sees all processes of its node", () => expect(pod.hostPID).toBe(true));

    test("is where exit events arrive", () => expect(pod.hostNetwork).toBe(true));

    test("finds the API server by the cluster's names", () => expect(pod.dnsPolicy).toBe("ClusterFirstWithHostNet"));

    test("runs under the runtime's filter of system calls", () => {
      expect(pod.securityContext?.seccompProfile).toEqual({ type: "RuntimeDefault" });
    });

    test("runs as a user without rights", () => {
      expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 65532, runAsGroup: 65532 });
    });

    test("gains no privileges by what it executes", () => {
      expect(exporter.securityContext?.allowPrivilegeEscalation).toBe(false);
    });

    test("writes nothing into its image", () => expect(exporter.securityContext?.readOnlyRootFilesystem).toBe(true));

    test("mounts nothing of the host", () => {
      expect(pod.volumes?.filter((volume) => volume.hostPath !== undefined)).toEqual([]);
    });

    test("runs on every Linux node, whatever its taints", () => {
      expect(pod.tolerations).toEqual([{ operator: "Exists" }]);
      expect(pod.nodeSelector).toEqual({ "kubernetes.io/os": "linux" });
      expect(pod.priorityClassName).toBe("system-node-critical");
    });

    test("has no limit for its CPU, and one for its memory", () => {
      expect(Object.keys(exporter.resources?.limits ?? {})).toEqual(["memory"]);
      expect(Object.keys(exporter.resources?.requests ?? {}).sort()).toEqual(["cpu", "memory"]);
    });

    test("is replaced on a tenth of the nodes at a time", () => {
      expect(theOne(base, "DaemonSet").spec?.updateStrategy).toEqual({
        type: "RollingUpdate",
        rollingUpdate: { maxUnavailable: "10%" },
      });
    });
  });

  describe("the exporter's environment", () => {
    const fieldOf = (variable: string): string | undefined =>
      exporter.env?.find(({ name }) => name === variable)?.valueFrom?.fieldRef?.fieldPath;

    test("names its node", () => expect(fieldOf("NODE_NAME")).toBe("spec.nodeName"));

    test.each(["192.0.2.1", "2001:db8::1"])(
      "has it listen on its node's address %s, on the port that the pod shows",
      (ip) => {
        const [port] = exporter.ports ?? [];
        const { listenAddresses } = commandLineOf(exporter, ip);
        expect(listenAddresses).toEqual([{ host: ip, port: port?.containerPort }]);
        expect(port?.containerPort).toBe(Number(flags["web.listen-address"].fallback.slice(1)));
      },
    );

    test("shows one port, which is the host's", () => {
      expect(exporter.ports).toEqual([{ name: "metrics", containerPort: 10275, hostPort: 10275 }]);
    });

    test("has its health asked for on that port", () => {
      const { startupProbe, livenessProbe, readinessProbe } = exporter;
      expect([startupProbe, livenessProbe, readinessProbe].map((probe) => probe?.httpGet)).toEqual([
        { path: "/-/healthy", port: "metrics" },
        { path: "/-/healthy", port: "metrics" },
        { path: "/-/ready", port: "metrics" },
      ]);
    });

    test("turns the watch of pods on", () => expect(exporter.args).toContain("--kubernetes=on"));
  });

  describe("the access to the API", () => {
    const account = theOne(base, "ServiceAccount");

    test("is to list and watch pods, and nothing else", () => {
      expect(theOne(base, "ClusterRole").rules).toEqual([
        { apiGroups: [""], resources: ["pods"], verbs: ["list", "watch"] },
      ]);
    });

    test("is that of the account which the pod runs under", () => {
      const { roleRef, subjects } = theOne(base, "ClusterRoleBinding");
      const { name, namespace } = account.metadata;
      expect(roleRef).toMatchObject({
        kind: "ClusterRole",
        name: theOne(base, "ClusterRole").metadata.name,
      });
      expect(subjects).toEqual([{ kind: "ServiceAccount", name, namespace }]);
      expect(pod.serviceAccountName).toBe(name);
    });

    test("has its token in the exporter's pods alone", () => {
      expect(account.automountServiceAccountToken).toBe(false);
      expect(pod.automountServiceAccountToken).toBe(true);
    });
  });

  describe("the namespace", () => {
    test("admits pods of the host's namespaces", () => {
      const { labels } = theOne(base, "Namespace").metadata;
      expect(labels).toMatchObject({ "pod-security.kubernetes.io/enforce": "privileged" });
    });

    test("has a quota for pods of that priority, which some clusters ask for", () => {
      expect(theOne(base, "ResourceQuota").spec?.scopeSelector?.matchExpressions).toEqual([
        { scopeName: "PriorityClass", operator: "In", values: [pod.priorityClassName] },
      ]);
    });
  });

  describe("the configuration", () => {
    const { data, metadata } = theOne(base, "ConfigMap");

    test("is accepted without a warning", () => {
      const { configFile = "" } = commandLineOf(exporter, "192.0.2.1");
      const name = posix.basename(configFile);
      expect(Object.keys(data ?? {})).toEqual([name]);
      expect(parseConfig(data?.[name] ?? "", name).warnings).toEqual([]);
    });

    test("is what the pod mounts, under a name that changes with it", () => {
      expect(metadata.name).toMatch(/^taskstats-exporter-[a-z0-9]{10}$/);
      expect(pod.volumes).toEqual([{ name: "config", configMap: { name: metadata.name } }]);
    });
  });
});
