/** Finds free labels that have the names of the labels of workloads, where a configuration file asks for those too. */

import { workloadLabels } from "../classify/label.ts";

/** What is looked at of a file, after its sections have been checked. */
export interface LabelledFile {
  readonly process_names?: readonly { readonly labels?: Readonly<Record<string, unknown>> }[] | null | undefined;
  readonly kubernetes?:
    | {
        readonly pod_labels?: Readonly<Record<string, unknown>> | null | undefined;
        readonly workload?: boolean | null | undefined;
      }
    | null
    | undefined;
}

/** What a free label has to be called instead. */
export const workloadClashWanted = `a label name that kubernetes.workload does not give (${workloadLabels.join(", ")})`;

/** @returns the keys from the file to the name of each label that a series could show only in the place of a workload's */
export function findWorkloadClashes({ process_names: rules, kubernetes }: LabelledFile): (string | number)[][] {
  if (kubernetes?.workload !== true) return [];
  const clashesIn = (labels: object | null | undefined, ...path: (string | number)[]): (string | number)[][] =>
    workloadLabels.filter((name) => Object.hasOwn(labels ?? {}, name)).map((name) => [...path, name]);
  return [
    ...(rules ?? []).flatMap(({ labels }, index) => clashesIn(labels, "process_names", index, "labels")),
    ...clashesIn(kubernetes.pod_labels, "kubernetes", "pod_labels"),
  ];
}
