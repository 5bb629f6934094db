/** A target of fuzzing: a parser of foreign bytes, and what must hold of its answer for any input. */

/** Names the outcome of an input, such as an error's code. Inputs with a new outcome are mutated further. */
export type Outcome = string | number | undefined;

export interface Target {
  readonly name: string;
  /** The first inputs: real ones. */
  readonly seeds: readonly Uint8Array[];
  /** Words that the parser looks for; they are put into inputs. */
  readonly words: readonly string[];
  /** The longest input that is made. */
  readonly maxBytes: number;
  /** The number of inputs in `npm test`. */
  readonly quick: number;
  /**
   * Parses an input and checks the answer. The bytes are valid only during the call. @throws Error that says what
   * does not hold
   */
  readonly check: (input: Uint8Array) => Outcome;
}

const utf8 = new TextDecoder();

/** Decodes as Node does: bytes that are no UTF-8 become U+FFFD. */
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
