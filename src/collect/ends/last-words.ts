/** What the last record of a leader says of its process, kept where nothing else is known of it. */

import type { Identity } from "../../classify/identity.ts";
import { bornAfterUs, isForkOnly, lifeUsOf, parentOf, uidOf, type EndRecord } from "./end-record.ts";
import type { Identities } from "../groups/identities.ts";

export interface LastWords {
  readonly identity: Identity;
  readonly ppid: number;
  /** It never started a program. */
  readonly forkOnly: boolean;
  /** How long it lived without what it waited for a CPU. */
  readonly lifeUs: number;
  /** It began after this, by the exporter's monotonic clock. */
  readonly bornAfterUs: number;
}

export function readLastWords(identities: Identities, tgid: number, end: EndRecord): LastWords {
  const identity = identities.ofRecord({ tgid, comm: end.readComm(), uid: uidOf(end) });
  return {
    identity,
    ppid: parentOf(end),
    forkOnly: isForkOnly(end),
    lifeUs: lifeUsOf(end),
    bornAfterUs: bornAfterUs(end),
  };
}
