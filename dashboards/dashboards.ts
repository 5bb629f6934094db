/** All dashboards, each by the name of its file in generated/. */

import { exporter } from "./exporter.ts";
import { howProcessesEnd } from "./how-processes-end.ts";
import { kubernetes } from "./kubernetes.ts";
import { oneGroup } from "./one-group.ts";
import type { Dashboard } from "./panel.ts";
import { whereHostsWait } from "./where-hosts-wait.ts";

export const dashboards = {
  "where-hosts-wait": whereHostsWait,
  "one-group": oneGroup,
  "how-processes-end": howProcessesEnd,
  kubernetes,
  exporter,
} as const satisfies Record<string, Dashboard>;
