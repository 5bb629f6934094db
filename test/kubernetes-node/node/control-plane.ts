/** etcd, API server, controller manager and scheduler: how each is called. All listen on the node's loopback address alone. */

import { join } from "node:path";
import { authorityFile, kubeconfigFile, publicKeyFile, signingKeyFile, tokensFile, type User } from "./credentials.ts";
import { apiAddress, etcdUrl, serviceRange, type Layout } from "./layout.ts";

/** Tokens of service accounts end with their pod and after an hour, and are renewed in place, as in releases since. */
const boundTokens = "--feature-gates=BoundServiceAccountTokenVolume=true";

export function etcdCommand({ programs, etcd }: Layout): string[] {
  const peerUrl = `http://${apiAddress}:2380`;
  return [
    join(programs, "etcd"),
    ...["--data-dir", etcd, "--unsafe-no-fsync", "--log-level=warn"],
    ...["--listen-client-urls", etcdUrl, "--advertise-client-urls", etcdUrl],
    ...["--listen-peer-urls", peerUrl, "--initial-advertise-peer-urls", peerUrl],
    `--initial-cluster=default=${peerUrl}`,
  ];
}

/** @param hostAddress of the host itself: a loopback address is not one that the API server may publish */
export function apiServerCommand(layout: Layout, hostAddress: string): string[] {
  return [
    join(layout.programs, "kube-apiserver"),
    `--etcd-servers=${etcdUrl}`,
    ...[`--bind-address=${apiAddress}`, "--secure-port=443", "--insecure-port=0", `--cert-dir=${layout.certificates}`],
    ...[`--service-cluster-ip-range=${serviceRange}`, "--endpoint-reconciler-type=none"],
    `--advertise-address=${hostAddress}`,
    ...["--anonymous-auth=false", `--token-auth-file=${tokensFile(layout)}`],
    ...["--authorization-mode=Node,RBAC", "--enable-admission-plugins=NodeRestriction", "--allow-privileged"],
    `--service-account-issuer=https://${apiAddress}`,
    `--service-account-key-file=${publicKeyFile(layout)}`,
    `--service-account-signing-key-file=${signingKeyFile(layout)}`,
    boundTokens,
  ];
}

const kubeconfig = (layout: Layout, user: User): string => `--kubeconfig=${kubeconfigFile(layout, user)}`;

export function controllerManagerCommand(layout: Layout): string[] {
  return [
    join(layout.programs, "kube-controller-manager"),
    kubeconfig(layout, "controller-manager"),
    ...[`--bind-address=${apiAddress}`, "--port=0", `--cert-dir=${join(layout.certificates, "controller-manager")}`],
    ...["--leader-elect=false", "--use-service-account-credentials"],
    `--service-account-private-key-file=${signingKeyFile(layout)}`,
    `--root-ca-file=${authorityFile(layout)}`,
    // Longer than the API server is stopped: the node's pods are not to be evicted for it.
    "--node-monitor-grace-period=10m",
    boundTokens,
  ];
}

export function schedulerCommand(layout: Layout): string[] {
  return [
    join(layout.programs, "kube-scheduler"),
    kubeconfig(layout, "scheduler"),
    ...[`--bind-address=${apiAddress}`, "--port=0", `--cert-dir=${join(layout.certificates, "scheduler")}`],
    "--leader-elect=false",
  ];
}
