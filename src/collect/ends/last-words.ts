/** What the last record of a leader says of its process, kept where nothing else is known of it. */

import type { Identity } from "../../classify/identity.ts";
import { isForkOnly, parentOf, uidOf, type EndRecord } from "./end-record.ts";
import type { Identities } from "../groups/identities.ts";

export interface LastWords {
  readonly identity: Identity;
  readonly ppid: number;
  /** It never started a program. */
  readonly forkOnly: boolean;
}

export function readLastWords(identities: Identities, tgid: number, end: EndRecord): LastWords {
  const identity = identities.ofRecord({ tgid, comm: end.readComm(), uid: uidOf(end) });
  return { identity, ppid: parentOf(end), forkOnly: isForkOnly(end) };
}
