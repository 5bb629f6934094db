/** What is fuzzed: one parser of bytes that somebody else wrote, and what must hold of its answer, whatever they are. */

/** Names what an input led to, such as an error's code: inputs with a new one are mutated further. */
export type Outcome = string | number | undefined;

export interface Target {
  readonly name: string;
  /** Inputs to begin with: real ones. */
  readonly seeds: readonly Uint8Array[];
  /** What the parser looks for, to be put into inputs. */
  readonly words: readonly string[];
  /** The longest input that is made. */
  readonly maxBytes: number;
  /** How many inputs `npm test` gives it. */
  readonly quick: number;
  /** Parses, and looks at the answer. The bytes are valid during the call. @throws Error where something does not hold */
  readonly check: (input: Uint8Array) => Outcome;
}

const utf8 = new TextDecoder();

/** As Node reads files and headers: what is no UTF-8 becomes U+FFFD. */
export const textOf = (input: Uint8Array): string => utf8.decode(input);

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** @throws Error that names what does not hold */
export function hold(holds: boolean, what: string): void {
  if (!holds) throw new Error(`does not hold: ${what}`);
}

/** A count or a size: whole, not negative, finite. */
export function holdCount(value: number, what: string): void {
  hold(Number.isInteger(value) && value >= 0, `${what} is a count, not ${value}`);
}

/** Whether a text can be written as UTF-8. */
export const isWellFormed = (text: string): boolean => !/\p{Surrogate}/u.test(text);
