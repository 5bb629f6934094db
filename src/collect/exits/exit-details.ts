/** What the last record of a leader says of its process, kept where nothing else is known of it. */

import type { ProcessFacts } from "../../classify/process-facts.ts";
import { bornAfterUs, isForkOnly, lifeUsOf, parentOf, uidOf, type ExitRecord } from "./exit-record.ts";
import type { FactReader } from "../groups/fact-reader.ts";

export interface ExitDetails {
  readonly facts: ProcessFacts;
  readonly ppid: number;
  /** It never started a program. */
  readonly forkOnly: boolean;
  /** How long it lived without what it waited for a CPU. */
  readonly lifeUs: number;
  /** It began after this, by the exporter's monotonic clock. */
  readonly bornAfterUs: number;
}

export function readExitDetails(factReader: FactReader, tgid: number, record: ExitRecord): ExitDetails {
  const facts = factReader.ofRecord({ tgid, comm: record.readComm(), uid: uidOf(record) });
  return {
    facts,
    ppid: parentOf(record),
    forkOnly: isForkOnly(record),
    lifeUs: lifeUsOf(record),
    bornAfterUs: bornAfterUs(record),
  };
}
