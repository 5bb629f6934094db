/** All targets: every parser of foreign bytes. */

import { clientTargets } from "./targets/clients.ts";
import { netlinkTargets } from "./targets/netlink.ts";
import { operatorTargets } from "./targets/operator.ts";
import { procfsTargets } from "./targets/procfs.ts";
import type { Target } from "./target.ts";

export const targets: readonly Target[] = [...netlinkTargets, ...procfsTargets, ...operatorTargets, ...clientTargets];
