/** What checks look at: the pods as the API and their logs tell of them, and the exporter's pages. */

import { copyFileSync, readFileSync, renameSync } from "node:fs";
import { basename, join } from "node:path";
import { createFalls, type Falls } from "../support/falls.ts";
import { parsePage, type ScrapedPage } from "../support/page.ts";
import type { Kubectl } from "./kubectl.ts";
import { nodeName, type Layout } from "./node/layout.ts";
import type { Node } from "./node/node.ts";

/** Of a pod, what is asked for here. */
export interface Pod {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly status: {
    readonly phase: string;
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
  };
}

export interface ContainerStatus {
  readonly name: string;
  /** `containerd://ID` */
  readonly containerID: string;
  readonly restartCount: number;
  readonly ready: boolean;
  readonly state: { readonly waiting?: { readonly reason: string } };
}

export interface Cluster {
  readonly layout: Layout;
  readonly node: Node;
  readonly kubectl: Kubectl;
  /** Every page that is scraped is noted here. */
  readonly falls: Falls;
  /** The exporter's page. @throws Error where it does not answer with one */
  scrape(): Promise<ScrapedPage>;
  /** @throws Error where the API knows no such pod */
  pod(name: string): Promise<Pod>;
  /** All pods of the node, whatever their namespace. */
  pods(): Promise<readonly Pod[]>;
  /** Gives the kubelet a pod to run by itself, from a file of test/kubernetes-node/objects. */
  addStaticPod(file: string): void;
  /** What a container of a pod has written. */
  log(pod: Pod, container: string): readonly string[];
}

/** Namespace of all test pods. */
export const namespace = "shop";

/** Folder of what is applied. */
export const objects = join(import.meta.dirname, "objects");

/** Lines as containerd writes them: time, stream, whether the line is whole, and the line. */
function readLog(file: string): string[] {
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => line.split(" ").slice(3).join(" "));
}

async function scrapePage(url: string): Promise<ScrapedPage> {
  const response = await fetch(url);
  const text = await response.text();
  if (!response.ok) throw new Error(`${url}: want a page, got status ${response.status}: ${text}`);
  return parsePage(text);
}

/** The kubelet leaves alone what begins with a dot, and would else read the file before it is whole. */
function addFile(from: string, folder: string): void {
  const aside = join(folder, `.${basename(from)}`);
  copyFileSync(from, aside);
  renameSync(aside, join(folder, basename(from)));
}

export function createCluster(layout: Layout, node: Node): Cluster {
  const { kubectl, address } = node;
  const falls = createFalls();
  const get = async <T>(...args: string[]): Promise<T> =>
    JSON.parse(await kubectl(["get", "-o", "json", ...args])) as T;
  return {
    layout,
    node,
    kubectl,
    falls,
    async scrape() {
      const page = await scrapePage(`http://${address}:10275/metrics`);
      falls.note(page);
      return page;
    },
    pod: (name) => get<Pod>("-n", namespace, "pod", name),
    async pods() {
      const list = await get<{ items: Pod[] }>("pods", "-A", "--field-selector", `spec.nodeName=${nodeName}`);
      return list.items;
    },
    addStaticPod: (file) => addFile(join(objects, file), layout.staticPods),
    log({ metadata }, container) {
      // The uid of a static pod's mirror is the API's alone.
      const { namespace, name, uid, annotations = {} } = metadata;
      const folder = `${namespace}_${name}_${annotations["kubernetes.io/config.hash"] ?? uid}`;
      return readLog(join(layout.varLog, "pods", folder, container, "0.log"));
    },
  };
}
