/** Sends the queries of the pollers: counts them, and throws an error where the kernel refuses one. */

import { ESRCH } from "../../netlink/constants.ts";
import { queryError, type QueryClient } from "../../taskstats/client.ts";
import type { Reception } from "../../taskstats/decode.ts";
import type { Counters } from "../counters.ts";

/**
 * Asks the kernel for the figures of each id and calls `visit` for each answer, or `visitGone` where there is no such task.
 *
 * @throws ExporterError CAPABILITY_MISSING, QUERY_REFUSED, SOCKET_FAILED
 */
export type Ask = (
  kind: "pid" | "tgid",
  ids: readonly number[],
  visit: (index: number, reception: Reception) => void,
  visitGone?: (index: number) => void,
) => void;

export function createAsk(client: QueryClient, counters: Counters): Ask {
  return (kind, ids, visit, visitGone) => {
    let refusal = 0;
    const { unanswered } = client.query(kind, ids, (index, reception) => {
      if (reception.errno === undefined) visit(index, reception);
      else if (reception.errno === ESRCH) visitGone?.(index);
      else refusal = reception.errno;
    });
    counters.queries += ids.length;
    counters.queriesUnanswered += unanswered;
    if (refusal !== 0) throw queryError(`poll of ${ids.length} tasks`, refusal);
  };
}
