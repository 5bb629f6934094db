/** What a leader's exit record says of its process: kept for a process of which nothing else is known. */

import type { ProcessFacts } from "../../classify/process-facts.ts";
import { bornAfterUs, isForkOnly, lifeUsOf, parentOf, uidOf, type ExitRecord } from "./exit-record.ts";
import type { FactReader } from "../groups/fact-reader.ts";

export interface ExitDetails {
  readonly facts: ProcessFacts;
  readonly ppid: number;
  /** The process was forked and never started a program. */
  readonly forkOnly: boolean;
  /** How long the process lived, less its waits for a CPU, in microseconds. */
  readonly lifeUs: number;
  /** The process started after this moment of the exporter's monotonic clock. */
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
