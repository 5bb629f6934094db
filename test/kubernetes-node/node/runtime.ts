/** containerd and kubelet: their configuration, and the namespace of mounts in which both run. */

import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { kubeconfigFile } from "./credentials.ts";
import { apiAddress, nodeName, type Layout } from "./layout.ts";

/** As programs in the node's namespace of mounts see it. */
export const containerdSocket = "/run/containerd/containerd.sock";

const configuration = (layout: Layout, name: string): string => join(layout.configuration, name);
const networkFolder = (layout: Layout): string => configuration(layout, "network");
const pluginsFolder = (layout: Layout): string => configuration(layout, "network-plugins");

/** The image of pods' sandboxes. */
export const pauseImage = "localhost/pause:1";

/** Without CAP_SYS_RESOURCE nobody may make a process less likely to be killed than the one that starts it. */
function formatContainerdConfiguration(layout: Layout): string {
  return [
    "version = 2",
    '[plugins."io.containerd.grpc.v1.cri"]',
    `sandbox_image = ${JSON.stringify(pauseImage)}`,
    "restrict_oom_score_adj = true",
    '[plugins."io.containerd.grpc.v1.cri".cni]',
    `bin_dir = ${JSON.stringify(pluginsFolder(layout))}`,
    `conf_dir = ${JSON.stringify(networkFolder(layout))}`,
    '[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]',
    'runtime_type = "io.containerd.runc.v2"',
    '[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]',
    `BinaryName = ${JSON.stringify(join(layout.programs, "runc"))}`,
    "SystemdCgroup = false",
    '[plugins."io.containerd.internal.v1.opt"]',
    'path = "/var/lib/containerd/opt"',
    "",
  ].join("\n");
}

/** Pods talk to nobody. containerd itself brings up loopback in each, and wants to be told an address besides. */
const network = { cniVersion: "0.4.0", name: "alone", plugins: [{ type: "alone" }] };

const networkAnswer = {
  cniVersion: "0.4.0",
  interfaces: [{ name: "eth0" }],
  ips: [{ version: "4", interface: 0, address: "127.0.0.1/8" }],
};

function writeNetwork(layout: Layout): void {
  const plugins = pluginsFolder(layout);
  mkdirSync(networkFolder(layout), { recursive: true });
  mkdirSync(plugins, { recursive: true });
  writeFileSync(join(networkFolder(layout), "10-alone.conflist"), JSON.stringify(network));
  writeFileSync(join(plugins, "alone"), `#!/bin/sh\necho '${JSON.stringify(networkAnswer)}'\n`, { mode: 0o755 });
  symlinkSync(join(layout.programs, "loopback"), join(plugins, "loopback"));
}

function createKubeletConfiguration(layout: Layout) {
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    address: apiAddress,
    readOnlyPort: 0,
    healthzPort: 0,
    authentication: { anonymous: { enabled: false }, webhook: { enabled: false } },
    authorization: { mode: "AlwaysAllow" },
    cgroupDriver: "cgroupfs",
    failSwapOn: false,
    oomScoreAdj: 0,
    makeIPTablesUtilChains: false,
    staticPodPath: layout.staticPods,
    fileCheckFrequency: "1s",
    // How soon a static pod has its mirror after the API server was away; a minute otherwise.
    syncFrequency: "10s",
    volumePluginDir: "/var/lib/kubelet/plugins",
    // A full disk of this machine is not to evict what is tested, and no image can be pulled again.
    evictionHard: { "memory.available": "1Mi" },
    imageGCHighThresholdPercent: 100,
  };
}

export function writeRuntimeConfiguration(layout: Layout): void {
  mkdirSync(layout.staticPods, { recursive: true });
  for (const folder of [layout.varLib, layout.varLog, layout.run]) mkdirSync(folder, { recursive: true });
  writeNetwork(layout);
  writeFileSync(configuration(layout, "containerd.toml"), formatContainerdConfiguration(layout));
  writeFileSync(configuration(layout, "kubelet.yaml"), JSON.stringify(createKubeletConfiguration(layout)));
}

/** Folders of the node take the place of the machine's, for the command alone; such mounts end with their last process. */
const privately =
  'mount --bind "$1" /var/lib && mount --bind "$2" /var/log && mount --bind "$3" /run && shift 3 && exec "$@"';

export function containerdCommand(layout: Layout): string[] {
  const containerd = [join(layout.programs, "containerd"), "--config", configuration(layout, "containerd.toml")];
  // containerd finds its shim by PATH.
  const withPath = ["env", `PATH=${layout.programs}:${process.env["PATH"] ?? ""}`, ...containerd];
  const folders = [layout.varLib, layout.varLog, layout.run];
  return ["unshare", "--mount", "--propagation", "private", "sh", "-c", privately, "sh", ...folders, ...withPath];
}

/** A command among the mounts of a process. */
export const besides = (pid: number, command: readonly string[]): string[] => [
  ...["nsenter", `--mount=/proc/${pid}/ns/mnt`, "--"],
  ...command,
];

export function kubeletCommand(layout: Layout): string[] {
  return [
    join(layout.programs, "kubelet"),
    ...[`--config=${configuration(layout, "kubelet.yaml")}`, `--kubeconfig=${kubeconfigFile(layout, "kubelet")}`],
    `--hostname-override=${nodeName}`,
    ...["--container-runtime=remote", `--container-runtime-endpoint=unix://${containerdSocket}`],
  ];
}
