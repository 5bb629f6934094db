/** A Kubernetes node with its control plane, on this machine: brought up in order, each part waited for. */

import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { run } from "../../support/command.ts";
import { createKubectl, type Kubectl } from "../kubectl.ts";
import { untilHolds } from "../wait.ts";
import { apiServerCommand, controllerManagerCommand, etcdCommand, schedulerCommand } from "./control-plane.ts";
import { writeCredentials } from "./credentials.ts";
import { startDaemon, type Daemon } from "./daemon.ts";
import { nodeName, type Layout } from "./layout.ts";
import { markNode, refuseSecondNode, removeNode } from "./leftovers.ts";
import { besides, containerdCommand, containerdSocket, kubeletCommand, writeRuntimeConfiguration } from "./runtime.ts";

export interface Node {
  readonly kubectl: Kubectl;
  /** The host's own address, which the kubelet tells pods as status.hostIP. */
  readonly address: string;
  /** Kills the API server. */
  stopApiServer(): Promise<void>;
  /** Starts it again and waits until it answers. */
  startApiServer(): Promise<void>;
  /** Loads the images of an archive that `docker save` or the like has written. */
  loadImages(archive: string): Promise<void>;
}

/** The first address by which others reach this machine. @throws Error where it has none, which a kubelet does not run with */
function hostAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const found = all.find(({ family, internal }) => family === "IPv4" && !internal);
  if (found === undefined) throw new Error("this machine: want an IPv4 address besides loopback, got none");
  return found.address;
}

type Daemons = Map<string, Daemon>;

function createStarter(layout: Layout, daemons: Daemons) {
  return (name: string, command: readonly string[]): Daemon => {
    const daemon = startDaemon({ name, owner: layout.state, logs: layout.logs, command });
    daemons.set(name, daemon);
    return daemon;
  };
}

/** Waits until a command succeeds, and no longer than the daemons live that it asks. */
async function untilAnswers(what: string, daemon: Daemon, ask: () => Promise<unknown>): Promise<void> {
  await untilHolds(what, ask, 120_000).catch((error: unknown) => {
    daemon.check();
    throw error;
  });
}

/** @throws Error with the end of a log where a part does not come up; what has been started is then left to `removeNode` */
export async function startNode(layout: Layout): Promise<Node> {
  refuseSecondNode(layout);
  await removeNode(layout);
  markNode(layout);
  writeCredentials(layout);
  writeRuntimeConfiguration(layout);
  const daemons: Daemons = new Map();
  const start = createStarter(layout, daemons);
  const kubectl = createKubectl(layout);
  const address = hostAddress();

  const startApiServer = async (): Promise<void> => {
    const daemon = start("kube-apiserver", apiServerCommand(layout, address));
    await untilAnswers("an API server that is ready", daemon, () => kubectl(["get", "--raw", "/readyz"]));
  };
  start("etcd", etcdCommand(layout));
  const containerd = start("containerd", containerdCommand(layout));
  await startApiServer();
  start("kube-controller-manager", controllerManagerCommand(layout));
  start("kube-scheduler", schedulerCommand(layout));
  const ctr = (args: readonly string[]): Promise<string> => {
    const [program = "", ...rest] = besides(containerd.pid, [join(layout.programs, "ctr"), ...args]);
    return run(program, rest);
  };
  await untilAnswers("containerd", containerd, () => ctr(["--address", containerdSocket, "version"]));
  const kubelet = start("kubelet", besides(containerd.pid, kubeletCommand(layout)));
  const isReady = ["wait", "--for=condition=Ready", `node/${nodeName}`, "--timeout=1s"];
  await untilAnswers("a node that is ready", kubelet, () => kubectl(isReady));
  return {
    kubectl,
    address,
    startApiServer,
    async stopApiServer() {
      await daemons.get("kube-apiserver")?.kill();
    },
    async loadImages(archive) {
      await ctr(["--address", containerdSocket, "-n", "k8s.io", "images", "import", archive]);
    },
  };
}
