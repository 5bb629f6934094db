/** Wraps a log: an error that comes again and again is logged once, then summed up once a minute. */

import type { Timer } from "../base/timer.ts";
import type { Log } from "../log.ts";

/** How long repeats of a logged error are only counted, in milliseconds. */
const intervalMs = 60_000;

/** How many kinds of errors are distinguished by code and place. Further errors are distinguished by their message alone. */
const mostKinds = 64;

export interface SummingLog extends Log {
  /** Logs the sums of all repeats that were counted and not yet logged. */
  tellRest(): void;
}

type Tell = (fields: object, message: string) => void;

interface Told {
  repeated: number;
  /** The fields of the latest repeat. */
  fields: object;
  readonly tell: Tell;
  readonly message: string;
}

/** An error's code and place; its message where it has no place. */
function identify(fields: object): string {
  const error = "err" in fields ? fields.err : undefined;
  if (!(error instanceof Error)) return "";
  const { code, where } = error as { readonly code?: unknown; readonly where?: unknown };
  return typeof where === "string" ? `${String(code)} ${where}` : error.message;
}

/** Wraps a log. Only warnings and errors are summed up; debug and info lines pass through. */
export function sumUpRepeats(log: Log, timer: Timer): SummingLog {
  const kinds = new Map<string, Told>();

  function tellSum({ tell, message, repeated, fields }: Told): void {
    if (repeated > 0) tell({ ...fields, repeated }, message);
  }

  /** Logs the sum after each interval, until one has had no repeats. */
  function watch(kind: string, told: Told): void {
    kinds.set(kind, told);
    timer(intervalMs, () => {
      tellSum(told);
      if (told.repeated > 0) watch(kind, { ...told, repeated: 0 });
      else kinds.delete(kind);
    });
  }

  function once(tell: Tell): Tell {
    return (fields, message) => {
      const fine = `${message} ${identify(fields)}`;
      const kind = kinds.has(fine) || kinds.size < mostKinds ? fine : message;
      const told = kinds.get(kind);
      if (told === undefined) {
        tell(fields, message);
        watch(kind, { repeated: 0, fields, tell, message });
      } else {
        told.repeated++;
        told.fields = fields;
      }
    };
  }

  return {
    debug: (fields, message) => log.debug(fields, message),
    info: (fields, message) => log.info(fields, message),
    warn: once((fields, message) => log.warn(fields, message)),
    error: once((fields, message) => log.error(fields, message)),
    tellRest() {
      for (const told of kinds.values()) {
        tellSum(told);
        told.repeated = 0;
      }
    },
  };
}
