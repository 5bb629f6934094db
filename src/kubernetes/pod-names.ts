/** The interface by which the rest of the program finds the names that belong to a container id or to the uid of a pod. */

/**
 * Labels of a series: namespace, pod, container (absent if only the pod is known), workload and workload_type if they are
 * chosen, and those chosen labels that the pod has.
 */
export type PodLabels = Readonly<Record<string, string>>;

/** The names that the exporter knows now. After a lost connection they are old until the next watch has opened. */
export interface PodNames {
  /** Labels of a container; undefined while no pod on this node lists its id. */
  ofContainer(id: string): PodLabels | undefined;
  /** Labels of a pod by its uid, or by the hash that the control groups of a static pod have in its place. */
  ofPod(uid: string): PodLabels | undefined;
  /** True if no pod of that name is on this node any more. False while the names are not current. */
  isGone(namespace: string, pod: string): boolean;
  /** Number of pods that are known on this node. */
  readonly pods: number;
}
