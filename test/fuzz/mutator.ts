/** Makes new inputs from known ones, by numbers from a seed: the same seed gives the same inputs. */

/** xorshift32: fast, and good enough to choose places and bytes. */
export function createRandom(seed: number): (below: number) => number {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** Bytes that matter to parsers: ends, signs, separators, and lengths that are just wrong. */
const turning = [
  0,
  1,
  2,
  3,
  4,
  7,
  8,
  0x7f,
  0x80,
  0xff,
  0xc3,
  0xf0,
  0xed,
  ...Buffer.from(" \t\n\r\"'\\/:;,.-+=(){}[]<>%&*|#@!~`^$0919azAZ_"),
];

export interface Mutator {
  /** Its first `length` bytes are the current input. */
  readonly buffer: Uint8Array;
  /** Makes the next input. @returns its length */
  next(): number;
  /** Adds an input to those that are mutated. */
  learn(input: Uint8Array): void;
}

/** At most so many learnt inputs are kept; the oldest give way. */
const mostLearnt = 512;

export interface MutatorOptions {
  readonly seed: number;
  readonly seeds: readonly Uint8Array[];
  readonly words: readonly string[];
  readonly maxBytes: number;
}

export function createMutator({ seed, seeds, words, maxBytes }: MutatorOptions): Mutator {
  const random = createRandom(seed);
  const buffer = new Uint8Array(maxBytes);
  const view = new DataView(buffer.buffer);
  const known = seeds.map((bytes) => bytes.slice(0, maxBytes));
  const learnt: Uint8Array[] = [];
  const tokens = words.map((word) => new TextEncoder().encode(word));
  let length = 0;

  function pick(): Uint8Array {
    const from = learnt.length > 0 && random(2) === 0 ? learnt : known;
    return from[random(from.length)] as Uint8Array;
  }

  /** Makes room for `count` bytes at a place. @returns the size of the room, which is less at the buffer's end */
  function open(at: number, count: number): number {
    const room = Math.min(count, maxBytes - at);
    buffer.copyWithin(at + room, at, Math.max(at, Math.min(length, maxBytes - room)));
    length = Math.min(maxBytes, length + room);
    return room;
  }

  function put(at: number, bytes: Uint8Array): void {
    buffer.set(bytes.subarray(0, Math.max(0, maxBytes - at)), at);
    length = Math.max(length, Math.min(maxBytes, at + bytes.length));
  }

  const place = (): number => random(length + 1);
  const within = (): number => random(Math.max(1, length));

  const steps: readonly (() => void)[] = [
    () => {
      const at = within();
      buffer[at] = (buffer[at] as number) ^ (1 << random(8));
    },
    () => (buffer[within()] = turning[random(turning.length)] as number),
    () => (buffer[within()] = random(256)),
    () => length > 2 && view.setUint16(random(length - 1), random(2) === 0 ? random(64) : random(65_536), true),
    () =>
      length > 4 && view.setUint32(random(length - 3), random(4) === 0 ? 0xffff_ffff - random(8) : random(4096), true),
    // Cuts off the end, or leaves a part out.
    () => (length = random(length + 1)),
    () => {
      const at = within();
      const gone = Math.min(random(16) + 1, length - at);
      buffer.copyWithin(at, at + gone, length);
      length -= Math.max(0, gone);
    },
    // Copies a part to another place.
    () => {
      const from = within();
      const part = buffer.slice(from, Math.min(length, from + 1 + random(32)));
      const at = place();
      open(at, part.length);
      put(at, part);
    },
    // Repeats one byte.
    () => {
      const at = place();
      const room = open(at, 1 << random(10));
      buffer.fill(turning[random(turning.length)] as number, at, at + room);
    },
    // Copies a part of another input.
    () => {
      const other = pick();
      const from = random(other.length + 1);
      put(place(), other.subarray(from, from + random(64)));
    },
    () => {
      const token = tokens[random(Math.max(1, tokens.length))];
      if (token === undefined) return;
      const at = place();
      if (random(2) === 0) open(at, token.length);
      put(at, token);
    },
  ];

  return {
    buffer,
    next() {
      const base = pick();
      buffer.set(base);
      length = base.length;
      for (let left = 1 + random(4); left > 0; left--) (steps[random(steps.length)] as () => void)();
      return length;
    },
    learn(input) {
      if (learnt.length >= mostLearnt) learnt.splice(random(mostLearnt), 1);
      learnt.push(input.slice());
    },
  };
}
