/** Decides whether output is coloured. Sources: https://no-color.org, https://force-color.org. */

/** A stream that may be a terminal, such as those of Node. */
export interface MaybeTerminal {
  readonly isTTY?: boolean;
}

/**
 * Whether to write colours. A NO_COLOR that is not empty forbids them. Else a FORCE_COLOR that is not empty decides: 0 and false
 * forbid, all other values demand. Else a terminal gets colours, unless its TERM is `dumb`.
 */
export function isColourTerminal(stream: MaybeTerminal, env: Readonly<Record<string, string | undefined>>): boolean {
  if ((env["NO_COLOR"] ?? "") !== "") return false;
  const force = env["FORCE_COLOR"];
  if (force !== undefined && force !== "") return force !== "0" && force !== "false";
  return stream.isTTY === true && env["TERM"] !== "dumb";
}
