/** What the rest of the program asks of the pods on this node: which names belong to a container id or a pod's uid. */

/** Labels of a container's series: namespace, pod, container (absent for what belongs to the pod alone), then the chosen labels of the pod, those that it has. */
export type PodLabels = Readonly<Record<string, string>>;

/** Names as far as they are known; what is known may lag behind the node by the time of a reconnect. */
export interface PodNames {
  /** undefined while no pod on this node lists a container of that id */
  ofContainer(id: string): PodLabels | undefined;
  /** undefined while no pod has that uid; the hash that control groups of static pods carry counts as one too */
  ofPod(uid: string): PodLabels | undefined;
  /** True where no pod of that name is on this node any more, as far as is known: false while names are not current. */
  isGone(namespace: string, pod: string): boolean;
  /** Pods known on this node. */
  readonly pods: number;
}
