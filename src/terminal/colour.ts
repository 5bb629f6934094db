/** Whether a stream should be written in colours. Sources: https://no-color.org, https://force-color.org. */

/** What is asked of a stream; those of Node have it. */
export interface MaybeTerminal {
  readonly isTTY?: boolean;
}

/** NO_COLOR, unless empty, forbids; FORCE_COLOR, unless empty, 0 or false, demands; else a terminal that is not dumb. */
export function isColourTerminal(stream: MaybeTerminal, env: Readonly<Record<string, string | undefined>>): boolean {
  if ((env["NO_COLOR"] ?? "") !== "") return false;
  const force = env["FORCE_COLOR"];
  if (force !== undefined && force !== "") return force !== "0" && force !== "false";
  return stream.isTTY === true && env["TERM"] !== "dumb";
}
